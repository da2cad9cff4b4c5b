package dev.weir.retry;

import dev.weir.core.time.TimeSource.ScheduledTask;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A step of an {@link AsyncRun}, and what it waits for. What is stopped may come after the stopping: whoever writes second,
 * of {@link #stopped} and a field, sees the other one, because all are volatile; stopping twice does no harm.
 */
final class AsyncStep {
    enum Kind {
        DUE,
        ATTEMPT,
        DECIDING,
        DELAY,
        ENDED
    }

    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    final Kind kind;
    private volatile @Nullable ScheduledTask timer;
    private volatile @Nullable CompletionStage<?> stage;
    private volatile boolean stopped;

    AsyncStep(Kind kind) {
        this.kind = kind;
    }

    /** What ends the step if nothing else does. */
    void timer(ScheduledTask timer) {
        this.timer = timer;
        if (stopped) {
            timer.cancel();
        }
    }

    /** What the step's attempt gave. */
    void stage(CompletionStage<?> stage) {
        this.stage = stage;
        if (stopped) {
            cancel(stage);
        }
    }

    void stopTimer() {
        ScheduledTask present = timer;
        if (present != null) {
            present.cancel();
        }
    }

    void stop() {
        stopped = true;
        stopTimer();
        CompletionStage<?> present = stage;
        if (present != null) {
            cancel(present);
        }
    }

    /** Asks the stage to end; never throws. */
    static void cancel(CompletionStage<?> stage) {
        try {
            stage.toCompletableFuture().cancel(true);
        } catch (UnsupportedOperationException noFuture) {
            LOG.debug("a stage without a future cannot be cancelled", noFuture);
        } catch (Throwable broken) {
            LOG.error("an attempt's stage could not be cancelled", broken);
        }
    }
}
