package dev.weir.core;

import java.time.Duration;
import java.util.Objects;

/**
 * A distribution of durations, in the metrics of a part. The percentiles are rounded up by an eighth at most; the total
 * is exact. Immutable.
 *
 * @param samples how many were measured
 * @param total all of them together; never negative
 * @param p50 half of them were no longer than this; never negative, zero if there are none
 * @param p90 nine in ten were no longer than this; never negative, zero if there are none
 * @param p99 all but one in a hundred were no longer than this; never negative, zero if there are none
 * @param max none was longer; never negative, zero if there are none
 */
public record Times(long samples, Duration total, Duration p50, Duration p90, Duration p99, Duration max) {
    /** Nothing has been measured yet. */
    public static final Times NONE =
            new Times(0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    /**
     * Makes a record; null is refused.
     *
     * @param samples how many were measured
     * @param total all of them together
     * @param p50 the median
     * @param p90 the 90th percentile
     * @param p99 the 99th percentile
     * @param max the longest
     */
    public Times {
        Objects.requireNonNull(total, "total");
        Objects.requireNonNull(p50, "p50");
        Objects.requireNonNull(p90, "p90");
        Objects.requireNonNull(p99, "p99");
        Objects.requireNonNull(max, "max");
    }
}
