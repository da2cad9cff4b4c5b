package dev.weir.retry;

import dev.weir.core.time.TimeSource;

/** The arithmetic of a maximum duration, where {@link Long#MAX_VALUE} is none at all. */
final class Nanos {
    static final long UNLIMITED = Long.MAX_VALUE;

    private Nanos() {}

    /** What is left of a duration that began at a reading of the clock; without one, the clock is not read. */
    static long remaining(TimeSource time, long startNanos, long maxNanos) {
        return maxNanos == UNLIMITED ? UNLIMITED : Math.max(0, maxNanos - (time.nanoTime() - startNanos));
    }

    static long saturatedSum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
