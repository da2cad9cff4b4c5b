package dev.weir.micrometer;

import dev.weir.core.Times;
import dev.weir.ratelimit.KeyedRateLimiterMetrics;
import dev.weir.ratelimit.RateLimiterMetrics;
import dev.weir.ratelimit.remote.RemoteMetrics;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The meters of limiters. */
final class LimiterMeters {
    private static final String PERMITS = "permits";
    private static final String REQUESTS = "requests";
    private static final String OUTCOME = "outcome";

    static final MeterSet<RateLimiterMetrics> LIMITER = limiter(
                    "weir.limiter",
                    RateLimiterMetrics::admitted,
                    RateLimiterMetrics::rejected,
                    RateLimiterMetrics::waits,
                    RateLimiterMetrics::abandoned,
                    RateLimiterMetrics::waiters,
                    RateLimiterMetrics::waited)
            .gauge(".available", PERMITS, "Permits that there are", RateLimiterMetrics::available);

    static final MeterSet<KeyedRateLimiterMetrics> KEYED_LIMITER = limiter(
                    "weir.keyed.limiter",
                    KeyedRateLimiterMetrics::admitted,
                    KeyedRateLimiterMetrics::rejected,
                    KeyedRateLimiterMetrics::waits,
                    KeyedRateLimiterMetrics::abandoned,
                    KeyedRateLimiterMetrics::waiters,
                    KeyedRateLimiterMetrics::waited)
            .gauge(".keys", "keys", "Keys that there are", KeyedRateLimiterMetrics::keys)
            .counter(".evicted", "keys", "Keys that were forgotten", KeyedRateLimiterMetrics::evicted)
            .counter(
                    ".without.room",
                    REQUESTS,
                    "Requests that found no room for their key",
                    KeyedRateLimiterMetrics::withoutRoom);

    static final MeterSet<RemoteMetrics> REMOTE = remote("weir.limiter.remote");
    static final MeterSet<RemoteMetrics> KEYED_REMOTE = remote("weir.keyed.limiter.remote");

    private LimiterMeters() {}

    private static <M> MeterSet<M> limiter(
            String prefix,
            ToDoubleFunction<M> admitted,
            ToDoubleFunction<M> rejected,
            ToDoubleFunction<M> waits,
            ToDoubleFunction<M> abandoned,
            ToDoubleFunction<M> waiters,
            Function<M, Times> waited) {
        String askedFor = "Permits that were asked for, by whether they were granted";
        String waitedFor = "Requests that waited, by whether they got their permits";
        return new MeterSet<M>(prefix, "limiter")
                .counter(".permits", PERMITS, askedFor, admitted, OUTCOME, "admitted")
                .counter(".permits", PERMITS, askedFor, rejected, OUTCOME, "rejected")
                .counter(".waits", REQUESTS, waitedFor, waits, OUTCOME, "admitted")
                .counter(".waits", REQUESTS, waitedFor, abandoned, OUTCOME, "abandoned")
                .gauge(".waiters", REQUESTS, "Requests that wait", waiters)
                .times(".wait.time", "How long requests waited that were granted", waited);
    }

    private static MeterSet<RemoteMetrics> remote(String prefix) {
        return new MeterSet<RemoteMetrics>(prefix, "limiter")
                .counter(".trips", "calls", "Calls to the store", RemoteMetrics::trips)
                .counter(".failed", "calls", "Calls to the store that failed or timed out", RemoteMetrics::failed)
                .counter(
                        ".policy.answers",
                        REQUESTS,
                        "Requests that the policy for an outage has answered",
                        RemoteMetrics::answeredByPolicy)
                .counter(
                        ".refunded.late",
                        PERMITS,
                        "Permits that came when their request was over, and were given back",
                        RemoteMetrics::refundedLate)
                .ratio(".unavailable", "1 while the store is unavailable, or else 0", m -> m.unavailable() ? 1 : 0);
    }
}
