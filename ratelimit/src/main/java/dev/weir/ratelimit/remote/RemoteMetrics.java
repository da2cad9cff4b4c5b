package dev.weir.ratelimit.remote;

/**
 * How a limiter of this process has got on with its store so far. Immutable. All limiters of one
 * {@link KeyedRemoteRateLimiter} count together.
 *
 * @param trips how many calls were sent to the store; one carries the requests of all callers of a key that came while
 *     the one before was under way
 * @param failed how many of them failed or timed out
 * @param answeredByPolicy how many requests the {@link OutagePolicy} has answered
 * @param refundedLate how many permits were given back because their request was over when they came
 * @param unavailable whether the store is unavailable now
 */
public record RemoteMetrics(long trips, long failed, long answeredByPolicy, long refundedLate, boolean unavailable) {}
