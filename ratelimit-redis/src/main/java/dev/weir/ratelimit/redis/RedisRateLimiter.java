package dev.weir.ratelimit.redis;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.api.async.RedisScriptingAsyncCommands;
import java.util.Map;

/**
 * Starts to build limiters whose permits are kept in Redis.
 *
 * {@snippet file="dev/weir/ratelimit/redis/RedisSnippets.java" region="overview"}
 *
 * <p>The commands are those of the user's own connection: of a single server, of Sentinel's primary, or of a cluster.
 * It is shared and never closed here. Give its client {@link #options()}, or the like: by its own defaults, Lettuce
 * keeps commands while it is disconnected and sends those again that were in flight, which takes their permits twice.
 *
 * <p><b>Thread-safety.</b> Immutable: static methods without state. Nothing blocks; what the limiters do, a
 * {@link dev.weir.ratelimit.remote.RemoteRateLimiter} says.
 */
public final class RedisRateLimiter {
    private RedisRateLimiter() {}

    /**
     * Starts to build a limiter.
     *
     * @param commands the commands of a connection
     * @param key the key of its bucket in Redis
     * @param rate how often it admits
     * @return a builder with a time-out of 500 ms, which refuses during an outage, unless configured otherwise
     * @throws IllegalArgumentException if the numbers of the rate are too large to be exact in a script
     */
    public static RemoteRateLimiter.Builder builder(
            RedisScriptingAsyncCommands<String, String> commands, String key, Rate rate) {
        return RemoteRateLimiter.builder(new RedisBuckets(commands), key, rate);
    }

    /**
     * Starts to build a limiter of several limits, such as one per second and one per day: a request takes its permits
     * of all of them, or of none, in one trip.
     *
     * {@snippet file="dev/weir/ratelimit/redis/RedisSnippets.java" region="allOf"}
     *
     * @param commands the commands of a connection
     * @param limits the rate of each bucket, by its key in Redis; the keys are in one hash slot
     * @return a builder with a time-out of 500 ms, which refuses during an outage, unless configured otherwise
     * @throws IllegalArgumentException if there are no limits, if the keys are not in one hash slot, or if the numbers
     *     of a rate are too large to be exact in a script
     */
    public static RemoteRateLimiter.Builder allOf(
            RedisScriptingAsyncCommands<String, String> commands, Map<String, Rate> limits) {
        return RemoteRateLimiter.allOf(new RedisBuckets(commands), limits);
    }

    /**
     * Starts to build a limiter that has a bucket for each key.
     *
     * @param commands the commands of a connection
     * @param rate how often each key is admitted
     * @return a builder with a time-out of 500 ms, which refuses during an outage, unless configured otherwise
     * @throws IllegalArgumentException if the numbers of the rate are too large to be exact in a script
     */
    public static KeyedRemoteRateLimiter.Builder keyed(
            RedisScriptingAsyncCommands<String, String> commands, Rate rate) {
        return KeyedRemoteRateLimiter.builder(new RedisBuckets(commands), rate);
    }

    /**
     * The options that a client should have whose connection limiters use: commands are refused while it is
     * disconnected, and none is sent again after it has reconnected, so that none is done twice.
     *
     * @return a builder with these options and otherwise Lettuce's defaults
     */
    public static ClientOptions.Builder options() {
        return ClientOptions.builder()
                .autoReconnect(true)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true); // those that it matches are dropped
    }
}
