package dev.weir.ratelimit;

import static dev.weir.ratelimit.WaitingLine.FOR_EVER;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterClass;
import java.time.Duration;

/** The place of a thread that waits for its permits, used by that thread alone. */
final class ThreadTicket extends Ticket {
    private static final long LONGEST_PARK_NANOS = Duration.ofHours(1).toNanos();

    private final WaitingLine line;

    ThreadTicket(WaitingLine line, long permits, WaiterClass its) {
        super(permits, its, line.time.nanoTime(), Thread.currentThread());
        this.line = line;
    }

    @Override
    public long waitedNanos() {
        return Math.max(0, line.time.nanoTime() - sinceNanos);
    }

    /** What thread dumps show as waited for in the jitter. */
    @Override
    public String toString() {
        return line.source + ": the end of the jitter, with " + permits + " permits, " + WaitText.of(this);
    }

    @Override
    void ended() {
        // the thread was unparked
    }

    /**
     * Waits until the permits are granted and the jitter is over. Each request is reported as admitted or as rejected,
     * once.
     *
     * @return false if the time was over before
     */
    boolean await(long timeoutNanos, boolean interruptible) throws InterruptedException {
        LimiterWaitEvent wait = LimiterSettings.WAITS.begun();
        LimiterRejectionEvent rejection = LimiterSettings.REJECTIONS.begun();
        boolean admitted = false;
        try {
            admitted = awaitGrant(timeoutNanos, interruptible);
            if (admitted) {
                admitted = false; // until the jitter is over
                sleep(line.settings.jitter(left(timeoutNanos, line.time.nanoTime())), interruptible);
                admitted = true;
            }
        } finally {
            if (!admitted) {
                line.abandon(this);
                if (rejection != null) {
                    rejection.end(line.settings.name.toString(), permits);
                }
            }
        }
        if (admitted) {
            line.settings.admitted(permits, line.time.nanoTime() - sinceNanos);
            if (wait != null) {
                wait.end(line.settings.name.toString(), permits);
            }
        }
        return admitted;
    }

    /** Waits as long as it takes, also when the thread is interrupted. */
    void awaitUninterruptibly() {
        try {
            if (!await(FOR_EVER, false)) {
                throw new AssertionError("an untimed wait is over");
            }
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private boolean awaitGrant(long timeoutNanos, boolean interruptible) throws InterruptedException {
        if (!line.join(this, timeoutNanos)) {
            return false;
        }
        End end = awaitEnd(timeoutNanos, interruptible);
        if (state == State.REFUSED && refusal != null && timeoutNanos != FOR_EVER) {
            return false; // the one who answers has gone, and this request may be answered so
        }
        if (state == State.REFUSED) {
            throw refusal(line.largest());
        }
        if (state == State.LEFT && end == End.INTERRUPTED) {
            Thread.interrupted();
            throw new InterruptedException();
        }
        return state == State.GRANTED; // an interrupt that came too late stays pending
    }

    /** Waits until the ticket is out of the line. */
    private End awaitEnd(long timeoutNanos, boolean interruptible) {
        boolean interrupted = false;
        boolean timed = false;
        try {
            while (true) {
                long now = line.time.nanoTime(); // before the readings by which it is reckoned: early, but not late
                long due = line.nanosToPark(this);
                if (state != State.WAITING) {
                    return End.SIGNALLED;
                }
                long left = left(timeoutNanos, now);
                if (left <= 0) {
                    line.leaveUnlessDue(this);
                    return End.EXPIRED;
                }
                long nanos = Math.min(Math.min(left, due), timed ? LONGEST_PARK_NANOS : FOR_EVER);
                timed |= nanos != FOR_EVER; // no untimed park after a timed one: JDK-8369227
                End end = nanos == FOR_EVER ? Waiter.await(this, line, Deadline.never()) : park(now, nanos);
                if (end == End.INTERRUPTED && interruptible) {
                    line.leave(this);
                    return End.INTERRUPTED;
                }
                if (end == End.INTERRUPTED) {
                    interrupted |= Thread.interrupted();
                } else if (end == End.EXPIRED && line.time.nanoTime() - now < nanos) {
                    return endOfBrokenClock(timeoutNanos);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits for a signal or that time since a reading of the clock: a deadline that is made here begins later. */
    private End park(long now, long nanos) {
        return Waiter.await(
                () -> isSignalled() || line.time.nanoTime() - now >= nanos,
                line,
                Deadline.after(Duration.ofNanos(nanos), line.time));
    }

    /** The clock has thrown, which was logged, and so ended the wait too early. */
    private End endOfBrokenClock(long timeoutNanos) {
        line.leave(this);
        if (timeoutNanos == FOR_EVER && state == State.LEFT) {
            throw new IllegalStateException("the TimeSource threw, so the wait for a permit has ended: " + line.time);
        }
        return End.EXPIRED;
    }

    private long left(long timeoutNanos, long now) {
        return timeoutNanos == FOR_EVER ? FOR_EVER : timeoutNanos - (now - sinceNanos);
    }

    /** The jitter, which an interrupt ends if that is wanted. */
    private void sleep(long nanos, boolean interruptible) throws InterruptedException {
        if (nanos <= 0) {
            return;
        }
        boolean interrupted = false;
        long start = line.time.nanoTime();
        try {
            for (long left = nanos; left > 0; left = nanos - (line.time.nanoTime() - start)) {
                try {
                    line.time.sleepNanos(this, left);
                } catch (InterruptedException interrupt) {
                    if (interruptible) {
                        throw interrupt;
                    }
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
