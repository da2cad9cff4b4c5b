package dev.weir.core.fanout;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Undelivered;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Settings of a fan-out. Not changed after they were given to a {@link FanOut}, but copied first. */
final class FanOutSettings implements Cloneable {
    private static final int DEFAULT_CONCURRENCY = 16;

    /** How much of the concurrency has room in the window of a stream. */
    private static final int MAX_IN_WINDOW = 1 << 16;

    int concurrency = DEFAULT_CONCURRENCY;

    /** How many results of a stream may wait besides, or -1 for as many as the concurrency. */
    int buffer = -1;

    @Nullable
    Duration timeoutEach;

    Deadline deadline = Deadline.never();

    @Nullable
    Executor executor;

    boolean threadPerItem;
    String name = "fan-out";

    /** Of the virtual threads of its workers; made here, so that a call does not make it. */
    String threadName = "fan-out-worker";

    TimeSource time = TimeSource.system();

    /** What is carried from the caller to each item. */
    Contexts contexts = Contexts.byDefault();

    @Nullable
    Consumer<? super FanOutProgress> listener;

    /** What is done with results that nobody takes. */
    @Nullable
    Undelivered<?> undelivered;

    /** How long tasks that were interrupted may go on before the log says that the call waits for them. */
    Duration patience = Duration.ofSeconds(10);

    FanOutSettings copy() {
        try {
            return (FanOutSettings) clone();
        } catch (CloneNotSupportedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** How many items of a stream may run or have a result that waits. */
    int window() {
        int running = Math.min(concurrency, MAX_IN_WINDOW);
        return (int) Math.min(1 << 30, (long) running + (buffer < 0 ? running : buffer));
    }

    @Override
    public String toString() {
        StringBuilder set = new StringBuilder("FanOut[" + name + ", concurrency " + concurrency);
        if (timeoutEach != null) {
            set.append(", timeoutEach ").append(timeoutEach);
        }
        if (!deadline.isNever()) {
            set.append(", ").append(deadline);
        }
        if (executor != null) {
            set.append(", on ").append(Callbacks.describe(executor));
        }
        return set.append(']').toString();
    }
}
