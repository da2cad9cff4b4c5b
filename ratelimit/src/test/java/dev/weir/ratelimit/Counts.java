package dev.weir.ratelimit;

import java.time.Duration;

/** What tests expect that a limiter has counted. */
public record Counts(long admitted, long rejected, long waits, Duration waited, long abandoned, int waiters) {
    public static Counts of(RateLimiter limiter) {
        RateLimiterMetrics metrics = limiter.metrics();
        return new Counts(
                metrics.admitted(),
                metrics.rejected(),
                metrics.waits(),
                metrics.waited().total(),
                metrics.abandoned(),
                metrics.waiters());
    }
}
