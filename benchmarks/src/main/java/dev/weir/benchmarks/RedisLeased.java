package dev.weir.benchmarks;

import dev.weir.ratelimit.redis.RedisRateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.Lease;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import java.time.Duration;
import java.util.List;

/** The contender that fetches permits in advance: its entries and its goal. */
final class RedisLeased {
    private static final String LEASED = "Weir, leased";
    static final List<String> CONTENDERS = List.of(LEASED);

    private static final Lease LEASE = Lease.upTo(1_000, Duration.ofMillis(100));

    private RedisLeased() {}

    static RedisClients.Contender make(RedisClients clients, boolean hot) {
        if (hot) {
            RemoteRateLimiter limiter = RedisRateLimiter.builder(clients.connect(), "l:0", RedisClients.PLENTY)
                    .timeout(RedisClients.TIMEOUT)
                    .lease(LEASE)
                    .build();
            return () -> key -> limiter.tryAcquire();
        }
        KeyedRemoteRateLimiter keyed = RedisRateLimiter.keyed(clients.connect(), RedisClients.PLENTY)
                .timeout(RedisClients.TIMEOUT)
                .lease(LEASE)
                .build();
        RemoteRateLimiter[] limiters = new RemoteRateLimiter[RedisClients.KEYS]; // a lease is kept by its limiter
        for (int key = 0; key < limiters.length; key++) {
            limiters[key] = keyed.forKey(RedisClients.key("l", key));
        }
        return () -> key -> limiters[key].tryAcquire();
    }

    static List<Goal> goals(Results results, String scenario) {
        return List.of(RedisBench.speed(
                "redis, speed with leases beside Bucket4j's batching with 8 threads",
                results.worstRatio(List.of(scenario), LEASED, RedisClients.BATCHING),
                20));
    }
}
