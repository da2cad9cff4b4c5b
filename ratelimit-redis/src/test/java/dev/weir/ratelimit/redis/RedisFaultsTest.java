package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.OutagePolicy;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiterListener;
import dev.weir.testkit.Call;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that hangs, dies, comes back empty, or whose answers are lost. */
@Timeout(60)
class RedisFaultsTest {
    private static final Rate RATE = Rate.of(1000, Duration.ofDays(10)); // none comes back during a test

    /** Longer than an answer takes on a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final RemoteRateLimiterListener listener = new RemoteRateLimiterListener() {
        @Override
        public void onUnavailable(Throwable cause) {
            events.add("unavailable");
        }

        @Override
        public void onRecovered(Duration after) {
            events.add("recovered");
        }
    };

    private RemoteRateLimiter.Builder builder(TestRedis redis, Rate rate) {
        return RedisRateLimiter.builder(redis.commands(), TestRedis.newKey(), rate)
                .timeout(PATIENCE)
                .storeListener(listener);
    }

    private static void awaitAvailable(RemoteRateLimiter limiter) {
        Call.until(() -> !limiter.remoteMetrics().unavailable());
    }

    @Test
    void a_server_that_hangs_costs_its_callers_one_time_out_and_no_later_one_anything() throws Exception {
        try (TestRedis redis = TestRedis.own()) {
            RemoteRateLimiter limiter = builder(redis, RATE).build();
            assertTrue(limiter.tryAcquire());
            redis.process().hang();
            List<Call<Long>> calls = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                calls.add(Call.start(() -> {
                    long start = System.nanoTime();
                    limiter.tryAcquire();
                    return System.nanoTime() - start;
                }));
            }
            for (Call<Long> call : calls) {
                long millis = TimeUnit.NANOSECONDS.toMillis(call.result());
                assertTrue(millis < 30_000, "a call took " + millis + " ms");
            }
            long[] nanos = new long[1_000];
            for (int i = 0; i < nanos.length; i++) {
                long start = System.nanoTime();
                assertFalse(limiter.tryAcquire());
                nanos[i] = System.nanoTime() - start;
            }
            Arrays.sort(nanos);
            long millis = TimeUnit.NANOSECONDS.toMillis(nanos[500]); // others may have lost their processor
            assertTrue(millis < 20, "a refusal took " + millis + " ms");
            assertThrows(RejectedExecutionException.class, limiter::acquire);
            redis.process().goOn();
            awaitAvailable(limiter);
            Call.until(() -> limiter.peek().remaining() == 999); // what was taken too late has come back
            Call.until(() -> events.equals(List.of("unavailable", "recovered"))); // in a thread of its own
        }
    }

    @Test
    void a_server_that_dies_is_found_again_when_it_is_back() throws Exception {
        try (TestRedis redis = TestRedis.own()) {
            RemoteRateLimiter limiter = builder(redis, RATE).build();
            assertTrue(limiter.tryAcquire(900));
            redis.process().kill();
            Call.until(() -> !limiter.tryAcquire());
            redis.process().restart();
            awaitAvailable(limiter);
            assertEquals(1000, limiter.peek().remaining(), "it came back empty: a burst, as the documentation says");
            assertTrue(limiter.tryAcquire());
        }
    }

    @Test
    void a_server_without_memory_is_one_outage_until_it_has_some() throws Exception {
        try (TestRedis redis = TestRedis.own()) {
            RemoteRateLimiter limiter = builder(redis, RATE).build();
            assertTrue(limiter.tryAcquire());
            redis.commands().configSet("maxmemory", "1").get();
            Call.until(() -> !limiter.tryAcquire());
            Call.until(() -> limiter.remoteMetrics().trips() > 10); // several probes
            Call.until(() -> !events.isEmpty()); // in a thread of its own
            assertEquals(List.of("unavailable"), events);
            redis.commands().configSet("maxmemory", "0").get();
            awaitAvailable(limiter);
            assertTrue(limiter.tryAcquire());
            Call.until(() -> events.equals(List.of("unavailable", "recovered")));
            assertEquals(998, limiter.peek().remaining(), "the probes change nothing");
        }
    }

    @Test
    void a_server_that_has_become_a_replica_is_an_outage_until_it_is_a_primary_again() throws Exception {
        try (TestRedis redis = TestRedis.own()) {
            RemoteRateLimiter limiter = builder(redis, RATE).build();
            assertTrue(limiter.tryAcquire());
            redis.commands().replicaof("127.0.0.1", 1).get(); // where nobody is
            Call.until(() -> !limiter.tryAcquire());
            Call.until(() -> limiter.remoteMetrics().trips() > 10); // several probes
            Call.until(() -> !events.isEmpty()); // in a thread of its own
            assertEquals(List.of("unavailable"), events);
            redis.commands().replicaofNoOne().get();
            awaitAvailable(limiter);
            assertTrue(limiter.tryAcquire());
        }
    }

    @Test
    void a_local_share_goes_on_without_the_server() throws Exception {
        try (TestRedis redis = TestRedis.own()) {
            RemoteRateLimiter limiter = builder(redis, Rate.perSecond(200))
                    .onOutage(OutagePolicy.localShare(2))
                    .build();
            redis.process().kill();
            Call.until(limiter::tryAcquire);
            limiter.acquire(5);
            redis.process().restart();
            awaitAvailable(limiter);
            limiter.acquire(5);
        }
    }

    @Test
    void answers_that_come_too_late_give_back_what_they_took() throws Exception {
        try (TestRedis redis = TestRedis.own();
                TcpProxy proxy = new TcpProxy(redis.process().port())) {
            var connection = redis.connect(RedisURI.create("127.0.0.1", proxy.port()));
            RemoteRateLimiter limiter = RedisRateLimiter.builder(connection.async(), TestRedis.newKey(), RATE)
                    .timeout(PATIENCE)
                    .build();
            assertTrue(limiter.tryAcquire(10));
            proxy.keepAnswers();
            assertFalse(limiter.tryAcquire(100));
            Call.until(() -> proxy.keptBytes() > 0);
            proxy.release();
            awaitAvailable(limiter);
            Call.until(() -> limiter.peek().remaining() == 990);
            assertEquals(100, limiter.remoteMetrics().refundedLate());
        }
    }

    @Test
    void a_connection_that_is_cut_is_an_outage_and_nothing_is_sent_twice() throws Exception {
        try (TestRedis redis = TestRedis.own();
                TcpProxy proxy = new TcpProxy(redis.process().port())) {
            String key = TestRedis.newKey();
            var connection = redis.connect(RedisURI.create("127.0.0.1", proxy.port()));
            RemoteRateLimiter limiter = RedisRateLimiter.builder(connection.async(), key, RATE)
                    .timeout(PATIENCE)
                    .build();
            assertTrue(limiter.tryAcquire(10));
            proxy.keepAnswers();
            Call<Boolean> call = Call.thatWaits(() -> limiter.tryAcquire(100));
            Call.until(() -> proxy.keptBytes() > 0);
            proxy.cut();
            assertFalse(call.result());
            Call.until(() -> !limiter.remoteMetrics().unavailable() && connection.isOpen());
            RemoteRateLimiter other = RedisRateLimiter.builder(redis.commands(), key, RATE)
                    .timeout(PATIENCE)
                    .build();
            assertEquals(890, other.peek().remaining(), "taken once, and lost with the connection");
        }
    }
}
