package dev.weir.ratelimit.redis;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.Lease;
import dev.weir.ratelimit.remote.OutagePolicy;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.Map;

/** The code of the Javadoc of this package. */
final class RedisSnippets {
    private RedisSnippets() {}

    static void overview() throws InterruptedException {
        // @start region="overview"
        RedisClient client = RedisClient.create("redis://localhost");
        client.setOptions(RedisRateLimiter.options().build());
        StatefulRedisConnection<String, String> connection = client.connect();

        RateLimiter orders = RedisRateLimiter.builder(connection.async(), "limit:orders", Rate.perSecond(100))
                .onOutage(OutagePolicy.localShare(3))
                .build();
        orders.acquire();

        KeyedRemoteRateLimiter customers =
                RedisRateLimiter.keyed(connection.async(), Rate.perMinute(60)).build();
        boolean admitted = customers.forKey("limit:customer:7").tryAcquire();
        // @end
        if (admitted) {
            connection.close();
        }
    }

    static RateLimiter allOf(RedisAsyncCommands<String, String> commands) {
        // @start region="allOf"
        RateLimiter mails = RedisRateLimiter.allOf(
                        commands,
                        Map.of("{mails}:second", Rate.perSecond(5), "{mails}:day", Rate.of(10_000, Duration.ofDays(1))))
                .build();
        // @end
        return mails;
    }

    static RateLimiter lease(RedisAsyncCommands<String, String> commands) {
        // @start region="lease"
        RateLimiter events = RedisRateLimiter.builder(
                        commands, "limit:events", Rate.perSecond(20_000).withBurst(5_000))
                .lease(Lease.upTo(500, Duration.ofMillis(50))) // the bucket in Redis has a burst of 4,000
                .build();
        // @end
        return events;
    }
}
