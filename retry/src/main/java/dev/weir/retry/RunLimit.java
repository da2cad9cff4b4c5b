package dev.weir.retry;

import dev.weir.core.Deadline;
import dev.weir.core.time.TimeSource;

/**
 * Until when a run may start attempts: for a duration from its start, and until a deadline of the caller's.
 * {@link #UNLIMITED} is no duration at all; then the clock is not read for it. Immutable.
 *
 * @param time the clock of the duration
 * @param startNanos its reading at the start of the run
 * @param maxNanos the duration
 * @param deadline the deadline, on its own clock
 */
record RunLimit(TimeSource time, long startNanos, long maxNanos, Deadline deadline) {
    static final long UNLIMITED = Long.MAX_VALUE;

    /** How much time is left, zero once it is over. Throws what the clocks throw. */
    long remainingNanos() {
        long left = maxNanos == UNLIMITED ? UNLIMITED : Math.max(0, maxNanos - (time.nanoTime() - startNanos));
        return deadline.isNever() ? left : Math.min(left, deadline.remainingNanos());
    }
}
