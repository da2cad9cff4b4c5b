package dev.weir.benchmarks;

import java.util.StringJoiner;

/** Times of single operations, in buckets whose width is a sixteenth of what they count. Not thread-safe. */
final class Latencies {
    private static final int SUB_BITS = 4;
    private static final int SUB = 1 << SUB_BITS;

    private final long[] counts = new long[Long.SIZE * SUB];

    void add(long nanos) {
        counts[bucket(Math.max(0, nanos))]++;
    }

    void addAll(Latencies others) {
        for (int bucket = 0; bucket < counts.length; bucket++) {
            counts[bucket] += others.counts[bucket];
        }
    }

    private static int bucket(long nanos) {
        if (nanos < SUB) {
            return (int) nanos;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos) - SUB_BITS;
        return (shift << SUB_BITS) + (int) (nanos >>> shift);
    }

    /** The middle of a bucket. */
    private static double nanos(int bucket) {
        if (bucket < 2 * SUB) {
            return bucket;
        }
        int shift = (bucket >> SUB_BITS) - 1;
        return (SUB + (bucket & (SUB - 1)) + 0.5) * (1L << shift);
    }

    /** The time that a share of all operations do not exceed; no number if there are none. */
    double micros(double share) {
        long all = 0;
        for (long count : counts) {
            all += count;
        }
        long seen = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            seen += counts[bucket];
            if (counts[bucket] > 0 && seen >= all * share) {
                return nanos(bucket) / 1_000;
            }
        }
        return Double.NaN;
    }

    /** In one word, for {@link #parse}. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(",");
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] > 0) {
                text.add(bucket + ":" + counts[bucket]);
            }
        }
        return text.length() == 0 ? "-" : text.toString();
    }

    static Latencies parse(String text) {
        Latencies latencies = new Latencies();
        if (!text.equals("-")) {
            for (String part : text.split(",")) {
                int colon = part.indexOf(':');
                latencies.counts[Integer.parseInt(part.substring(0, colon))] =
                        Long.parseLong(part.substring(colon + 1));
            }
        }
        return latencies;
    }
}
