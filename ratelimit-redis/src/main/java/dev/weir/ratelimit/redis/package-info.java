/**
 * One rate limit over many processes, kept in Redis: a bucket is one key, and a decision is one call of a script there.
 *
 * {@snippet file="dev/weir/ratelimit/redis/RedisSnippets.java" region="overview"}
 *
 * <p><b>What holds for the fleet</b>
 *
 * <ul>
 *   <li>In every window of length t of the server's time, all processes together take at most {@code burst + rate × t}.
 *       Permits grow by the server's clock alone, whatever the clocks of the processes show.
 *   <li>The rate is exact to the server's microsecond, for every rate that a {@link dev.weir.ratelimit.Rate} can have
 *       whose burst fits: others are refused when a limiter is built.
 *   <li>A key expires when its bucket is full again, in the same write; a full bucket has no key.
 *   <li>A server whose clock goes back takes the time for standing still: nobody is locked out. One whose clock jumps
 *       ahead gives at most one more burst.
 *   <li>While a new rate is rolled out, all processes keep to the one of the highest generation.
 * </ul>
 *
 * <p><b>What does not hold</b>
 *
 * <ul>
 *   <li>There is no order among processes: a large request of one may be starved by small ones of others.
 *   <li>A failover loses what was not replicated yet: at most one more burst for each key and failover.
 *   <li>A server that evicts keys, or loses them in a restart, forgets what was taken: a full burst. Run it with
 *       {@code maxmemory-policy noeviction}; the error that it then answers is an outage.
 * </ul>
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>one limit in Redis</td><td>{@link dev.weir.ratelimit.redis.RedisRateLimiter#builder}</td></tr>
 * <tr><td>a limit for each key in Redis</td><td>{@link dev.weir.ratelimit.redis.RedisRateLimiter#keyed}</td></tr>
 * <tr><td>options of a client that do not take permits twice</td>
 * <td>{@link dev.weir.ratelimit.redis.RedisRateLimiter#options}</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/redis.svg" alt="A limiter sends its requests over Lettuce to Redis, where one script decides
 * on one key">
 *
 * <h2>Memory consistency</h2>
 *
 * As of every {@link dev.weir.ratelimit.RateLimiter}: a permit hands nothing over, and what one process writes
 * elsewhere is not visible to another by it.
 *
 * <h2>In other words</h2>
 *
 * {@index "Redis rate limiter" RedisRateLimiter}, {@index Lettuce the client}.
 */
@NullMarked
package dev.weir.ratelimit.redis;

import org.jspecify.annotations.NullMarked;
