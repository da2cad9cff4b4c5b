package dev.weir.ratelimit;

import java.time.Duration;
import java.util.Objects;

/**
 * The answer of {@link RateLimiter#check}, with what a server reports to its client; {@link RateLimitHeaders} renders
 * it. Immutable.
 *
 * @param admitted whether the permits were taken
 * @param remaining how many permits were left then
 * @param retryAfter when the same request would have been admitted, if nobody else had asked meanwhile: after exactly
 *     so long, and not a nanosecond earlier; zero if it was admitted
 * @param reset after how long the limiter would have been full again, if nobody else had asked meanwhile; never
 *     negative, zero if it was full
 */
public record Decision(boolean admitted, long remaining, Duration retryAfter, Duration reset) {
    /**
     * Creates a decision.
     *
     * @param admitted whether the permits were taken
     * @param remaining how many permits were left then
     * @param retryAfter when the same request would have been admitted
     * @param reset after how long the limiter would have been full again
     */
    public Decision {
        Objects.requireNonNull(retryAfter, "retryAfter");
        Objects.requireNonNull(reset, "reset");
    }

    static Decision of(boolean admitted, long remaining, long retryNanos, long resetNanos) {
        return new Decision(admitted, remaining, Duration.ofNanos(retryNanos), Duration.ofNanos(resetNanos));
    }
}
