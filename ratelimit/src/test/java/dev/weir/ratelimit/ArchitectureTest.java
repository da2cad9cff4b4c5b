package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.testkit.ModuleFacts;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private final ModuleFacts module = new ModuleFacts();

    @Test
    void a_user_sees_these_types_and_no_others() {
        assertEquals(
                Set.of(
                        "ratelimit.Rate", // how often
                        "ratelimit.RateLimiter", // the contract
                        "ratelimit.Reservation", // a place in its line
                        "ratelimit.Decision", // its answer to a server
                        "ratelimit.RateLimitHeaders", // which renders that for a client
                        "ratelimit.RateLimiterMetrics", // what it has done
                        "ratelimit.RateLimiterListener", // and who is notified of it
                        "ratelimit.TokenBucket", // what keeps to it
                        "ratelimit.StripedTokenBucket", // the same for threads on many cores
                        "ratelimit.IntervalBucket", // the same, with permits that come all at once
                        "ratelimit.WarmUpLimiter", // and with permits that come slowly at first
                        "ratelimit.KeyedRateLimiter", // a bucket for each key
                        "ratelimit.CombinedLimiter", // several limits at once
                        "ratelimit.KeyedRateLimiterMetrics", // what they have done
                        "ratelimit.KeyedRateLimiterListener", // and who is notified of its decisions
                        "ratelimit.AdaptiveRate", // finds the rate that a service bears
                        "ratelimit.Settlement", // an estimate, until the real cost is known
                        "ratelimit.PermitLine", // for implementers: those that wait for permits from elsewhere
                        "ratelimit.remote.RemoteRateLimiter", // one limit over many processes
                        "ratelimit.remote.KeyedRemoteRateLimiter", // the same for each key
                        "ratelimit.remote.Lease", // permits in advance
                        "ratelimit.remote.RemoteBuckets", // the store that they share
                        "ratelimit.remote.OutagePolicy", // how they answer while it is away
                        "ratelimit.remote.RemoteRateLimiterListener", // and who is notified of that
                        "ratelimit.remote.RemoteMetrics"), // how they have got on with it
                module.publicTypes());
    }

    @Test
    void a_user_gets_the_core_slf4j_and_jspecify_and_nothing_else() throws Exception {
        assertEquals(
                Set.of("dev.weir:weir-core", "org.jspecify:jspecify", "org.slf4j:slf4j-api"),
                module.runtimeDependencies());
    }

    @Test
    void it_builds_on_the_core_alone() {
        assertEquals(
                Set.of(
                        "core",
                        "core.context",
                        "core.internal",
                        "core.internal.metrics",
                        "core.internal.wait",
                        "core.time"),
                module.dependenciesOf("ratelimit"));
        assertEquals(
                Set.of("core", "core.context", "core.internal", "core.internal.wait", "core.time", "ratelimit"),
                module.dependenciesOf("ratelimit.remote"));
    }
}
