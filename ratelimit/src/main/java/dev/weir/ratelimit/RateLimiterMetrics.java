package dev.weir.ratelimit;

import java.time.Duration;
import java.util.Objects;

/**
 * What a limiter has done so far. Immutable.
 *
 * @param admitted how many permits were taken, if the limiter was built to count them; {@link #NOT_COUNTED} otherwise
 * @param rejected how many permits were asked for and not granted, by requests that did not wait or whose wait was in
 *     vain, if the limiter was built to count them; {@link #NOT_COUNTED} otherwise
 * @param waits how many requests waited and then got their permits
 * @param waited how long these waited, added up; never negative
 * @param abandoned how many requests stopped waiting, because of a timeout, an interrupt or a cancellation, or did not
 *     begin to because it was in vain
 * @param waiters how many requests wait now
 */
public record RateLimiterMetrics(
        long admitted, long rejected, long waits, Duration waited, long abandoned, int waiters) {
    /** Instead of a number that the limiter was not built to count. */
    public static final long NOT_COUNTED = -1;

    /**
     * Creates metrics.
     *
     * @param admitted how many permits were taken, or {@link #NOT_COUNTED}
     * @param rejected how many permits were asked for and not granted, or {@link #NOT_COUNTED}
     * @param waits how many requests waited and then got their permits
     * @param waited how long these waited, added up
     * @param abandoned how many requests stopped waiting
     * @param waiters how many requests wait now
     */
    public RateLimiterMetrics {
        Objects.requireNonNull(waited, "waited");
    }
}
