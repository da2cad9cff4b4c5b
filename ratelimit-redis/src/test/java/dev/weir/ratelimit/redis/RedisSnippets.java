package dev.weir.ratelimit.redis;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.OutagePolicy;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;

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
}
