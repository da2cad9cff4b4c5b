package dev.weir.core.internal.metrics;

import dev.weir.core.Times;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts durations in buckets of a fixed number: eight of equal width for each power of two of nanoseconds, so that a
 * bucket is at most an eighth wider than the durations in it. Thread-safe. The buckets take 4 KB, and are made with the
 * first duration:
 *
 * <pre>
 *   no buckets --record(), by compare-and-set--&gt; buckets, for good
 * </pre>
 */
public final class Histogram {
    private static final int BITS = 3;
    private static final int PER_POWER = 1 << BITS;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final int BUCKETS = (Long.SIZE - BITS) * PER_POWER;

    private final AtomicReference<@Nullable AtomicLongArray> counts = new AtomicReference<>();

    // The total in two parts, neither of which overflows: a hundred thousand that wait are 28 hours in each second.
    private final LongAdder seconds = new LongAdder();
    private final LongAdder restNanos = new LongAdder();

    /** Creates one with nothing recorded. */
    public Histogram() {}

    /**
     * Records a duration.
     *
     * @param nanos how long; less than zero counts as zero
     */
    public void record(long nanos) {
        long its = Math.max(0, nanos);
        AtomicLongArray buckets = counts.get();
        (buckets == null ? madeBuckets() : buckets).getAndIncrement(bucket(its));
        if (its >= NANOS_PER_SECOND) {
            seconds.add(its / NANOS_PER_SECOND);
        }
        restNanos.add(its % NANOS_PER_SECOND);
    }

    private AtomicLongArray madeBuckets() {
        AtomicLongArray made = new AtomicLongArray(BUCKETS);
        AtomicLongArray others = counts.compareAndExchange(null, made);
        return others == null ? made : others;
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

    /**
     * What has been recorded so far.
     *
     * @return a snapshot of now
     */
    public Times snapshot() {
        AtomicLongArray buckets = counts.get();
        if (buckets == null) {
            return Times.NONE;
        }
        long[] copy = new long[BUCKETS];
        long total = 0;
        int last = 0;
        for (int i = 0; i < BUCKETS; i++) {
            copy[i] = buckets.get(i);
            total += copy[i];
            last = copy[i] > 0 ? i : last;
        }
        return new Times(
                total,
                Duration.ofSeconds(seconds.sum(), restNanos.sum()),
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
