package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What keeps requests of a limiter from taking permits at once: that others wait, and a pause. One word says both:
 *
 * <pre>
 *   OPEN (0) --a request waits--&gt; n waiters --the last leaves--&gt; OPEN
 *   each of them --pause--&gt; the same and PAUSED --its time is over, resume--&gt; the same without
 * </pre>
 *
 * All changes of it are under the lock of the {@link WaitingLine}; the words are read without. A line that does not
 * stay retires for good, under its lock, when it is open and nobody has a pin.
 */
final class LineGate {
    private static final int PAUSED = Integer.MIN_VALUE;
    private static final int RETIRED = -1;

    private final TimeSource time;
    private volatile int state;

    /** Written before the state. */
    private volatile long pausedUntilNanos;

    /** How many requests are about to come in; {@link #RETIRED} for good once the line is not used any more. */
    private final AtomicInteger pins = new AtomicInteger();

    LineGate(TimeSource time) {
        this.time = time;
    }

    boolean isOpen() {
        return state == 0;
    }

    boolean nobodyWaits() {
        return (state & ~PAUSED) == 0;
    }

    void waiters(int number) {
        state = number | (state & PAUSED);
    }

    boolean isPaused() {
        return state < 0;
    }

    boolean isPauseOver() {
        return isPaused() && time.nanoTime() - pausedUntilNanos >= 0;
    }

    /** Pauses for a time from now, at least as long as a pause that there is. */
    void pause(long nanos) {
        // A reading may be behind the time by the resolution, and the pause must not be shorter for it.
        long lag = Checks.lagNanos(time.resolution());
        long length = Math.min(Long.MAX_VALUE / 2, Checks.saturatedSum(nanos, lag));
        long until = time.nanoTime() + length;
        if (!isPaused() || until - pausedUntilNanos > 0) {
            pausedUntilNanos = until;
        }
        state = state | PAUSED;
    }

    void resume() {
        state = state & ~PAUSED;
    }

    /** Whether permits may be granted; a pause that is over by this reading ends here. */
    boolean admits(long now) {
        if (isPaused() && now - pausedUntilNanos >= 0) {
            resume();
        }
        return !isPaused();
    }

    /** How long the pause still is. */
    long pauseNanos() {
        return isPaused() ? Math.max(0, pausedUntilNanos - time.nanoTime()) : 0;
    }

    /** Keeps the line from retiring. False if it has retired. Needs no lock. */
    boolean pin() {
        return pins.getAndUpdate(pinned -> pinned == RETIRED ? RETIRED : pinned + 1) != RETIRED;
    }

    void unpin() {
        pins.decrementAndGet();
    }

    /** Retires a line in which nobody waits, unless there is a pause or somebody is about to come in. */
    boolean retire() {
        return state == 0 && pins.compareAndSet(0, RETIRED);
    }
}
