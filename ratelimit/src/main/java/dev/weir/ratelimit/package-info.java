/**
 * Limiting how often something is done. A {@link dev.weir.ratelimit.Rate} says how often, and a
 * {@link dev.weir.ratelimit.RateLimiter} keeps to it:
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="overview"}
 *
 * <table class="striped">
 * <caption>Which limiter</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>at most n per period, exactly</td>
 * <td>{@link dev.weir.ratelimit.TokenBucket}, by {@link dev.weir.ratelimit.RateLimiter#of}</td></tr>
 * <tr><td>the same for threads on many cores, millions of times a second</td>
 * <td>{@link dev.weir.ratelimit.StripedTokenBucket}</td></tr>
 * <tr><td>evenly spaced calls</td><td>a {@link dev.weir.ratelimit.Rate} with a burst of 1</td></tr>
 * <tr><td>a quota per calendar day or hour</td><td>{@link dev.weir.ratelimit.IntervalBucket}</td></tr>
 * <tr><td>a slow start after a pause</td><td>{@link dev.weir.ratelimit.WarmUpLimiter}</td></tr>
 * <tr><td>a limit for each user</td><td>{@link dev.weir.ratelimit.KeyedRateLimiter}</td></tr>
 * <tr><td>several limits at once</td><td>{@link dev.weir.ratelimit.RateLimiter#allOf}</td></tr>
 * <tr><td>a cost that is known only afterwards</td><td>{@link dev.weir.ratelimit.Settlement}</td></tr>
 * <tr><td>the rate that a service bears</td><td>{@link dev.weir.ratelimit.AdaptiveRate}</td></tr>
 * <tr><td>one limit over many processes</td><td>{@link dev.weir.ratelimit.remote.RemoteRateLimiter}</td></tr>
 * <tr><td>n calls at a time, whatever the rate</td>
 * <td>{@link dev.weir.core.sync.ResizableSemaphore} instead</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/ratelimit.svg" alt="Permits grow in a bucket up to the burst; a request takes them, waits in
 * line, or is rejected">
 *
 * <h2>Memory consistency</h2>
 *
 * A permit hands nothing over: there is no happens-before between threads that take permits of one limiter. What is
 * done before {@code acquireAsync} and {@code reserve} happens-before what depends on their completion.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index "rate limiting" RateLimiter}, {@index throttling RateLimiter}, {@index "token bucket"}, {@index "leaky
 * bucket" a TokenBucket with a burst of 1}, {@index GCRA the algorithm of TokenBucket}, {@index "minimum interval" a
 * Rate with a burst of 1}, {@index quota IntervalBucket}, {@index "HTTP 429" RateLimitHeaders}, {@index "RateLimit
 * header fields" RateLimitHeaders}.
 */
@NullMarked
package dev.weir.ratelimit;

import org.jspecify.annotations.NullMarked;
