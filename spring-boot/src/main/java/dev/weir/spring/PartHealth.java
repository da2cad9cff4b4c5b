package dev.weir.spring;

import dev.weir.core.pool.PoolMetrics;
import dev.weir.core.pool.WorkerPool;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.spring.WeirProperties.Limiter;
import dev.weir.spring.WeirProperties.Outage;
import dev.weir.spring.WeirProperties.Pool;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the parts are; the adapters for the generations of Spring Boot report it.
 *
 * @param isDown whether a limiter refuses everything because Redis does not answer
 * @param isSaturated whether a pool is full
 * @param details the names of what is so
 */
record PartHealth(boolean isDown, boolean isSaturated, Map<String, Object> details) {
    static PartHealth of(WeirRegistry registry, WeirProperties now) {
        List<String> saturated = registry.all(PartKind.POOL).entrySet().stream()
                .filter(pool ->
                        isSaturated((WorkerPool) pool.getValue(), now.pools().get(pool.getKey())))
                .map(Map.Entry::getKey)
                .toList();
        List<String> unavailable = registry.all(PartKind.RATE_LIMITER).entrySet().stream()
                .filter(limiter -> isUnavailable(limiter.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        boolean refuses =
                unavailable.stream().anyMatch(name -> refuses(now.rateLimiters().get(name)));
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("saturatedPools", saturated);
        details.put("limitersWithoutRedis", unavailable);
        return new PartHealth(refuses, !saturated.isEmpty(), details);
    }

    /** The word for it of both generations. */
    String status() {
        if (isDown) {
            return "DOWN";
        }
        return isSaturated ? "OUT_OF_SERVICE" : "UP";
    }

    /** What properties do not describe is full when a submitter waits. */
    private static boolean isSaturated(WorkerPool pool, @Nullable Pool set) {
        PoolMetrics metrics = pool.metrics();
        boolean isFull = set != null
                && metrics.active() >= set.mostWorkers()
                && metrics.queued() >= Math.max(1, set.queueCapacity());
        return isFull || metrics.blockedSubmitters() > 0;
    }

    private static boolean isUnavailable(Object limiter) {
        return switch (limiter) {
            case RemoteRateLimiter one -> one.remoteMetrics().unavailable();
            case KeyedRemoteRateLimiter keyed -> keyed.remoteMetrics().unavailable();
            default -> false;
        };
    }

    private static boolean refuses(@Nullable Limiter set) {
        return set == null || set.onOutage() == Outage.REFUSE;
    }
}
