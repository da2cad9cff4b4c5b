package dev.weir.core.pool;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts durations in buckets of a fixed number: eight of equal width for each power of two of nanoseconds, so that a
 * bucket is at most an eighth wider than the durations in it. Thread-safe, and never grows.
 */
final class Histogram {
    private static final int BITS = 3;
    private static final int PER_POWER = 1 << BITS;
    private static final int BUCKETS = (Long.SIZE - BITS) * PER_POWER;

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

    void record(long nanos) {
        counts.getAndIncrement(bucket(Math.max(0, nanos)));
    }

    /** Durations below eight have a bucket of their own each; above, the first four bits say which. */
    static int bucket(long nanos) {
        if (nanos < PER_POWER) {
            return (int) nanos;
        }
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
        int shift = power - BITS;
        return (shift + 1) * PER_POWER + (int) (nanos >>> shift) - PER_POWER;
    }

    /** The longest duration of a bucket. */
    static long upperBound(int bucket) {
        if (bucket < PER_POWER) {
            return bucket;
        }
        int shift = bucket / PER_POWER - 1;
        long next = (long) (bucket % PER_POWER + PER_POWER + 1) << shift;
        return next < 0 ? Long.MAX_VALUE : next - 1;
    }

    PoolMetrics.Times snapshot() {
        long[] copy = new long[BUCKETS];
        long total = 0;
        int last = 0;
        for (int i = 0; i < BUCKETS; i++) {
            copy[i] = counts.get(i);
            total += copy[i];
            last = copy[i] > 0 ? i : last;
        }
        return new PoolMetrics.Times(
                total,
                percentile(copy, total, 50),
                percentile(copy, total, 90),
                percentile(copy, total, 99),
                Duration.ofNanos(total == 0 ? 0 : upperBound(last)));
    }

    private static Duration percentile(long[] counts, long total, int percent) {
        long rank = Math.ceilDiv(total * percent, 100L);
        long seen = 0;
        for (int i = 0; i < counts.length && rank > 0; i++) {
            seen += counts[i];
            if (seen >= rank) {
                return Duration.ofNanos(upperBound(i));
            }
        }
        return Duration.ZERO;
    }
}
