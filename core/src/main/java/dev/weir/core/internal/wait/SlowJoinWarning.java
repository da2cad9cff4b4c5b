package dev.weir.core.internal.wait;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.wait.Waiter.End;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A wait for interrupted tasks to end, which they must and may be slow to do: it has no end, but warns once when it has
 * lasted long. The time counts from the first wait. Belongs to the thread that joins.
 */
public final class SlowJoinWarning {
    private static final Logger LOG = LoggerFactory.getLogger(SlowJoinWarning.class);

    private final Duration patience;
    private final TimeSource time;
    private final Runnable warning;
    private @Nullable Deadline deadline;
    private boolean warned;

    /**
     * Prepares a wait.
     *
     * @param patience how long to wait before the warning
     * @param time the clock
     * @param warning what to do then; what it throws is logged
     */
    public SlowJoinWarning(Duration patience, TimeSource time, Runnable warning) {
        this.patience = patience;
        this.time = time;
        this.warning = warning;
    }

    /**
     * Waits until a condition holds; an interrupt ends the wait, which may be taken up again.
     *
     * @param joined the condition, which others make true before they unpark the current thread
     * @param blocker what thread dumps show as waited for
     * @return {@link End#SIGNALLED} or {@link End#INTERRUPTED}
     */
    public End await(BooleanSupplier joined, Object blocker) {
        return await(joined, blocker, true);
    }

    /**
     * Waits until a condition holds. An interrupt does not end the wait; the thread's interrupt status is set when this
     * returns.
     *
     * @param joined the condition, which others make true before they unpark the current thread
     * @param blocker what thread dumps show as waited for
     */
    public void awaitUninterruptibly(BooleanSupplier joined, Object blocker) {
        await(joined, blocker, false);
    }

    private End await(BooleanSupplier joined, Object blocker, boolean interruptible) {
        if (!warned) {
            End end = Waiter.await(joined, blocker, deadline(), interruptible, false);
            if (end != End.EXPIRED) {
                return end;
            }
            warned = true;
            Callbacks.run(LOG, "the warning of a slow join", warning::run);
        }
        return Waiter.await(joined, blocker, Deadline.never(), interruptible, true);
    }

    private Deadline deadline() {
        Deadline started = deadline;
        if (started == null) {
            started = Deadline.after(patience, time);
            deadline = started;
        }
        return started;
    }
}
