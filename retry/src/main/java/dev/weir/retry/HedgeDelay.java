package dev.weir.retry;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long to wait before a hedge: always the same, or a percentile of how long the last calls' first attempts took.
 * Many threads record at once; a recording that is overwritten or read half a round late moves the percentile by
 * little, and nothing depends on its being exact.
 *
 * <p>A measured delay is never below the clock's resolution: calls that took no time by a clock that stood still took
 * less than that, and a delay of zero would hedge all of them.
 */
final class HedgeDelay {
    /** No hedge: that of a single attempt. */
    static final HedgeDelay NEVER = fixed(Long.MAX_VALUE);

    static final int KEPT = 256;

    /** How many recordings there are from one computation of the percentile to the next. */
    static final int EVERY = 32;

    private final double fraction;
    private final long resolutionNanos;

    /** The complements, so that zero is a time that has not been written yet. */
    private final AtomicLongArray lastNanos;

    private final AtomicInteger recorded = new AtomicInteger();

    private volatile long nanos;

    private HedgeDelay(double fraction, long resolutionNanos, long nanos, int kept) {
        this.fraction = fraction;
        this.resolutionNanos = resolutionNanos;
        this.nanos = nanos;
        this.lastNanos = new AtomicLongArray(kept);
    }

    static HedgeDelay fixed(long nanos) {
        return new HedgeDelay(0, 0, nanos, 0);
    }

    /** A percentile, as a fraction, by a clock of this resolution, which begins as the given delay. */
    static HedgeDelay measured(double fraction, long nanos, Duration resolution) {
        return new HedgeDelay(fraction, Checks.saturatedNanos(resolution), nanos, KEPT);
    }

    long nanos() {
        return nanos;
    }

    /** The percentile as a fraction, 0 if the delay is always the same. */
    double percentile() {
        return fraction;
    }

    boolean isMeasured() {
        return lastNanos.length() > 0;
    }

    /**
     * Records how long a first attempt took, or after how long a hedge overtook it. The latter is less than it would
     * have taken, but no less than the delay was, so the percentile around the delay is right.
     */
    void record(long tookNanos) {
        // so that a full ring is not taken for a young one
        int number = recorded.getAndUpdate(n -> n + 1 == 2 * KEPT ? KEPT : n + 1);
        lastNanos.set(number % KEPT, ~tookNanos);
        if ((number + 1) % EVERY == 0) {
            long[] sorted = new long[Math.min(KEPT, number + 1)];
            int known = 0;
            for (int i = 0; i < sorted.length; i++) {
                long took = lastNanos.get(i);
                if (took != 0) { // else another thread has the number, and writes its time any moment
                    sorted[known++] = ~took;
                }
            }
            Arrays.sort(sorted, 0, known);
            nanos = Math.max(resolutionNanos, sorted[Math.max(0, (int) Math.ceil(fraction * known) - 1)]);
        }
    }
}
