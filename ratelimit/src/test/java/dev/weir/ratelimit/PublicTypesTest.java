package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.Lease;
import dev.weir.ratelimit.remote.OutagePolicy;
import dev.weir.ratelimit.remote.RemoteBuckets;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.testkit.NullArguments;
import dev.weir.testkit.PublicTypes;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PublicTypesTest {
    @Test
    void every_object_describes_itself_for_a_log() throws Exception {
        assertEquals(List.of(), PublicTypes.thatDoNotDescribeThemselves(Rate.class));
    }

    @Test
    void every_method_refuses_null_and_names_it() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Rate rate = Rate.perSecond(10);
        TokenBucket bucket = TokenBucket.builder(rate).timeSource(time).build();
        PermitLine line = new PermitLine.Builder(rate).build(unused(PermitLine.Source.class));
        RemoteBuckets buckets = unused(RemoteBuckets.class);
        NullArguments nulls = new NullArguments(Rate.class)
                .sample(TimeSource.class, time)
                .sample(Deadline.class, Deadline.after(Duration.ofSeconds(1), time))
                .sample(RateLimiter.class, bucket)
                .sample(TokenBucket.class, bucket)
                .sample(TokenBucket.Builder.class, TokenBucket.builder(rate))
                .sample(
                        StripedTokenBucket.class,
                        StripedTokenBucket.builder(rate, Duration.ofMillis(1)).build())
                .sample(StripedTokenBucket.Builder.class, StripedTokenBucket.builder(rate, Duration.ofMillis(1)))
                .sample(IntervalBucket.class, IntervalBucket.builder(rate).build())
                .sample(IntervalBucket.Builder.class, IntervalBucket.builder(rate))
                .sample(
                        WarmUpLimiter.class,
                        WarmUpLimiter.builder(rate, Duration.ofSeconds(1)).build())
                .sample(WarmUpLimiter.Builder.class, WarmUpLimiter.builder(rate, Duration.ofSeconds(1)))
                .sample(KeyedRateLimiter.class, KeyedRateLimiter.builder(rate).build())
                .sample(KeyedRateLimiter.Builder.class, KeyedRateLimiter.builder(rate))
                .sample(CombinedLimiter.class, RateLimiter.allOf(bucket))
                .sample(AdaptiveRate.class, AdaptiveRate.builder(bucket, 1, 10).build())
                .sample(AdaptiveRate.Builder.class, AdaptiveRate.builder(bucket, 1, 10))
                .sample(PermitLine.Builder.class, new PermitLine.Builder(rate))
                .sample(PermitLine.class, line)
                .sample(PermitLine.Lines.class, new PermitLine.Builder(rate).lines("limiter"))
                .sample(PermitLine.Wants.class, line.wants(1))
                .sample(
                        RemoteRateLimiter.class,
                        RemoteRateLimiter.builder(buckets, "key", rate).build())
                .sample(RemoteRateLimiter.Builder.class, RemoteRateLimiter.builder(buckets, "key", rate))
                .sample(
                        KeyedRemoteRateLimiter.class,
                        KeyedRemoteRateLimiter.builder(buckets, rate).build())
                .sample(KeyedRemoteRateLimiter.Builder.class, KeyedRemoteRateLimiter.builder(buckets, rate))
                .sample(OutagePolicy.class, OutagePolicy.refuse())
                .sample(Lease.class, Lease.upTo(1, Duration.ofMillis(1)))
                .sample(Reservation.class, bucket.reserve())
                .sample(Settlement.class, bucket.acquireEstimate(1));
        assertEquals(Map.of(), nulls.takenOrNotNamed());
    }

    /** One that the methods under test must not get to. */
    private static <T> T unused(Class<T> type) {
        Object made =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (method.getReturnType() != void.class) {
                        throw new AssertionError(method + " was called");
                    }
                    return null; // it is notified of something
                });
        return type.cast(made);
    }

    @Test
    void every_record_refuses_null_and_names_it() throws Exception {
        assertEquals(List.of(), PublicTypes.recordComponentsThatTakeNull(Rate.class));
    }
}
