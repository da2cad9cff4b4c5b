/**
 * One rate limit over many processes, kept in Redis: a bucket is one key, and a decision is one call of a script there.
 *
 * {@snippet file="dev/weir/ratelimit/redis/RedisSnippets.java" region="overview"}
 *
 * <p>Several limits, such as one per second and one per day, are met in one trip
 * ({@link dev.weir.ratelimit.redis.RedisRateLimiter#allOf}); permits can be fetched in advance and served without one:
 *
 * {@snippet file="dev/weir/ratelimit/redis/RedisSnippets.java" region="lease"}
 *
 * <p><b>What holds for the fleet</b>
 *
 * <ul>
 *   <li>In every window of length t of the server's time, all processes together take at most {@code burst + rate × t},
 *       also with leases. Permits grow by the server's clock alone, whatever the clocks of the processes show.
 *   <li>The rate is exact to the server's microsecond, for every rate that a {@link dev.weir.ratelimit.Rate} can have
 *       whose burst fits: others are refused when a limiter is built.
 *   <li>A decision is one command, and its one write carries the expiry. A key expires when its bucket is full again; a
 *       full bucket has no key, and a refusal writes nothing.
 *   <li>A server whose clock goes back takes the time for standing still: nobody is locked out. One whose clock jumps
 *       ahead gives at most one more burst.
 *   <li>While a new rate is rolled out, all processes keep to the one of the highest generation. A full bucket is
 *       forgotten with its generation, so a process that still has the older rate may then begin with that, until one
 *       with the newer rate asks.
 *   <li>A server that hangs, refuses writes (READONLY) or has no memory (OOM) is an outage. A key that holds something
 *       else is not: only its own requests are answered by the policy, and that is logged.
 * </ul>
 *
 * <p><b>What does not hold</b>
 *
 * <ul>
 *   <li>There is no order among processes: a large request of one may be starved by small ones of others.
 *   <li>A failover loses what was not replicated yet, which is the server's way: at most one more burst for each key
 *       and failover, and what processes hold under leases besides.
 *   <li>A server that evicts keys, or loses them in a restart, forgets what was taken, which is the server's way too: a
 *       full burst. Run it with {@code maxmemory-policy noeviction}; the error that it then answers is an outage.
 * </ul>
 *
 * <p><b>Threads.</b> What waits, be it for permits or for an answer, must not be called by a thread of Netty, which
 * brings the answers: it throws {@link java.lang.IllegalStateException} there. {@code acquireAsync} may be.
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
