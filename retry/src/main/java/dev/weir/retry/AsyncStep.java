package dev.weir.retry;

import dev.weir.core.time.TimeSource.ScheduledTask;
import org.jspecify.annotations.Nullable;

/**
 * A step of an {@link AsyncRun}, and what it waits for: its timer, and in an attempt the stage. A timer may be set
 * after the step was stopped: the thread that writes second, of {@link #stopped} and {@link #timer}, sees the other
 * write, as both are volatile, and cancels; cancelling twice does no harm.
 */
final class AsyncStep {
    enum Kind {
        DUE,
        ATTEMPT,
        DECIDING,
        DELAY,
        ENDED
    }

    final Kind kind;

    /** None but in an attempt; set before the step is in place. */
    private @Nullable AttemptStage<?> stage;

    private volatile @Nullable ScheduledTask timer;
    private volatile boolean stopped;

    AsyncStep(Kind kind) {
        this.kind = kind;
    }

    void stage(AttemptStage<?> stage) {
        this.stage = stage;
    }

    /** What ends the step if nothing else does. */
    void timer(ScheduledTask timer) {
        this.timer = timer;
        if (stopped) {
            timer.cancel();
        }
    }

    void stopTimer() {
        stopped = true;
        ScheduledTask present = timer;
        if (present != null) {
            present.cancel();
        }
    }

    /** Stops the timer first: to cancel a stage runs the code of its dependents. */
    void stop() {
        stopTimer();
        AttemptStage<?> present = stage;
        if (present != null) {
            present.abandon();
        }
    }
}
