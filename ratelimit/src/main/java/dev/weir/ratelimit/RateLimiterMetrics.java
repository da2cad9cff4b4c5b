package dev.weir.ratelimit;

import java.time.Duration;

/**
 * What a limiter's callers have waited for, as it was at one moment. Only calls that had to wait are counted: the ones
 * that were answered at once leave no trace, which keeps them cheap.
 *
 * @param waits how many calls waited and got their permits
 * @param waited how long those calls waited, all together
 * @param abandoned how many calls waited, or could have waited, and got nothing: timed out, refused at once because they
 *     would have, or interrupted
 * @param waiters how many calls wait now
 */
public record RateLimiterMetrics(long waits, Duration waited, long abandoned, int waiters) {}
