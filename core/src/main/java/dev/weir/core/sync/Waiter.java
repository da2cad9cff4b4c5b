package dev.weir.core.sync;

import dev.weir.core.time.TimeSource;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One call that waits: its thread, how long it is ready to wait, and whether an interrupt ends the wait. Its thread
 * alone calls its methods.
 */
class Waiter {
    /** A timeout of 292 years, which is none. */
    static final long FOR_EVER = Long.MAX_VALUE;

    final Thread thread = Thread.currentThread();
    private final Object blocker;
    private final @Nullable TimeSource time;
    private final long startNanos;
    private final long timeoutNanos;
    private final boolean interruptible;
    private boolean interruptedMeanwhile;

    /**
     * That there is something to come back for. Written by whoever guards the line that this stands in; volatile
     * because the waiting thread reads it without the guard.
     */
    volatile boolean signalled;

    /**
     * Begins to wait now.
     *
     * @param blocker what thread dumps show as waited for
     * @param time the clock of the timeout
     * @param timeoutNanos how long to wait at most
     * @param interruptible whether an interrupt ends the wait
     */
    Waiter(Object blocker, TimeSource time, long timeoutNanos, boolean interruptible) {
        this.blocker = blocker;
        this.time = timeoutNanos == FOR_EVER ? null : time;
        this.startNanos = this.time == null ? 0 : time.nanoTime();
        this.timeoutNanos = timeoutNanos;
        this.interruptible = interruptible;
    }

    /** Parks until signalled, interrupted or expired; at once if that is so already. */
    final void park() {
        while (!signalled && !isInterrupted()) {
            if (time == null) {
                LockSupport.park(blocker);
            } else {
                long left = remainingNanos(time);
                if (left <= 0) {
                    return;
                }
                time.parkNanos(blocker, left);
            }
            if (!interruptible) {
                interruptedMeanwhile |= Thread.interrupted(); // or the next park would return at once
            }
        }
    }

    /** Whether an interrupt ends this wait. */
    final boolean isInterrupted() {
        return interruptible && thread.isInterrupted();
    }

    final boolean isExpired() {
        return time != null && remainingNanos(time) <= 0;
    }

    private long remainingNanos(TimeSource clock) {
        return timeoutNanos - (clock.nanoTime() - startNanos);
    }

    /** Sets the interrupt status that an uninterruptible wait had to clear. */
    final void restoreInterrupt() {
        if (interruptedMeanwhile) {
            thread.interrupt();
        }
    }

    static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
