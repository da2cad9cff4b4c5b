package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.Lease;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.testkit.Call;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limiters on a server. */
@Timeout(60)
class RedisRateLimiterTest {
    private static final Rate SLOW = Rate.perHour(10);

    private static TestRedis redis;
    private static StatefulRedisConnection<String, String> connection;
    private static RedisAsyncCommands<String, String> commands;

    private final String key = TestRedis.newKey();

    @BeforeAll
    static void connect() throws Exception {
        redis = TestRedis.any();
        connection = redis.connect();
        commands = connection.async();
    }

    @AfterAll
    static void disconnect() {
        if (redis != null) {
            redis.close();
        }
    }

    private static RemoteRateLimiter limiter(String key, Rate rate) {
        return RedisRateLimiter.builder(commands, key, rate)
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    @Test
    void processes_share_a_limit() {
        RemoteRateLimiter here = limiter(key, SLOW);
        RemoteRateLimiter there = RedisRateLimiter.builder(redis.commands(), key, SLOW)
                .timeout(Duration.ofSeconds(20))
                .build();
        assertTrue(here.tryAcquire(6));
        assertFalse(there.tryAcquire(5));
        assertTrue(there.tryAcquire(4));
        Decision decision = here.check(1);
        assertFalse(decision.admitted());
        assertTrue(decision.retryAfter().compareTo(Duration.ofMinutes(6)) <= 0);
        assertTrue(decision.retryAfter().compareTo(Duration.ofMinutes(5)) > 0);
    }

    @Test
    void all_ways_to_ask_work() throws Exception {
        RemoteRateLimiter limiter = limiter(key, Rate.perSecond(50).withBurst(10));
        limiter.acquire(10);
        limiter.acquire(2);
        assertTrue(limiter.tryAcquire(Duration.ofSeconds(20)));
        limiter.acquireAsync(3).get(20, TimeUnit.SECONDS);
        limiter.reserve(2).await();
        limiter.acquireUninterruptibly(1);
        assertEquals(0, limiter.remoteMetrics().failed());
        RemoteRateLimiter slow = limiter(key + "-slow", SLOW); // to which no permit comes back meanwhile
        assertTrue(slow.tryAcquire(10));
        assertFalse(slow.tryAcquire(10, Duration.ofMillis(20)));
        slow.refund(10);
        assertEquals(10, slow.tryAcquireUpTo(100));
        slow.charge(5);
        assertFalse(slow.peek().admitted());
        assertEquals(0, slow.drain());
        assertEquals(0, slow.remoteMetrics().failed());
    }

    @Test
    void callers_share_trips() throws Exception {
        RemoteRateLimiter limiter = limiter(key, SLOW.withBurst(1000));
        commands.clientPause(2_000); // so that all callers have come when the first trip is over
        List<Call<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            calls.add(Call.start(() -> {
                int admitted = 0;
                for (int j = 0; j < 25; j++) {
                    admitted += limiter.tryAcquire() ? 1 : 0;
                }
                return admitted;
            }));
        }
        int admitted = 0;
        for (Call<Integer> call : calls) {
            admitted += call.result();
        }
        assertEquals(1000, admitted);
        long trips = limiter.remoteMetrics().trips();
        assertTrue(trips < 1570, "1600 decisions took " + trips + " trips, though 64 of them needed 2");
    }

    @Test
    void a_server_that_has_forgotten_the_script_is_sent_it_again() throws Exception {
        RemoteRateLimiter limiter = limiter(key, SLOW);
        assertTrue(limiter.tryAcquire(3));
        commands.scriptFlush().get(20, TimeUnit.SECONDS);
        assertTrue(limiter.tryAcquire(7));
        assertFalse(limiter.tryAcquire());
        assertEquals(0, limiter.remoteMetrics().failed());
    }

    @Test
    void a_key_that_holds_something_else_concerns_no_other_key_and_heals() throws Exception {
        var keyed = RedisRateLimiter.keyed(commands, SLOW)
                .timeout(Duration.ofSeconds(20))
                .build();
        String list = key + "-list";
        String text = key + "-text";
        commands.rpush(list, "not ours").get(20, TimeUnit.SECONDS);
        commands.set(text, "not ours").get(20, TimeUnit.SECONDS);
        for (String wrong : List.of(list, text)) {
            RemoteRateLimiter limiter = keyed.forKey(wrong);
            assertFalse(limiter.tryAcquire());
            assertFalse(limiter.peek().admitted());
            assertEquals(0, limiter.drain());
            assertFalse(limiter.tryAcquire(Duration.ofSeconds(5)));
            assertEquals(
                    "the bucket of the permits cannot be used",
                    assertThrows(RejectedExecutionException.class, limiter::acquire)
                            .getMessage());
            assertTrue(keyed.forKey(key).tryAcquire(), "another key");
            assertFalse(keyed.remoteMetrics().unavailable());
            commands.del(wrong).get(20, TimeUnit.SECONDS);
            assertTrue(limiter.tryAcquire(10));
        }
        assertEquals(10, keyed.remoteMetrics().failed());
    }

    @Test
    void every_key_expires() throws Exception {
        var keyed = RedisRateLimiter.keyed(commands, Rate.perSecond(100))
                .timeout(Duration.ofSeconds(20))
                .build();
        for (int i = 0; i < 20; i++) {
            assertTrue(keyed.forKey(key + "-" + i).tryAcquire(1 + i));
        }
        for (int i = 0; i < 20; i++) {
            String its = key + "-" + i;
            assertTrue(commands.pttl(its).get(20, TimeUnit.SECONDS) != -1, "a key without expiry");
            Call.until(() -> Call.uninterrupted(() -> commands.exists(its).get(20, TimeUnit.SECONDS)) == 0);
        }
    }

    @Test
    void rates_that_a_script_cannot_count_exactly_are_refused_with_their_numbers() {
        Rate rate = new Rate(999_999_937, Duration.ofNanos(1_000_000_007_000_003L), 1_000_000);
        String message = assertThrows(
                        IllegalArgumentException.class, () -> RedisRateLimiter.builder(commands, key, rate))
                .getMessage();
        assertTrue(message.contains("a burst of 1000000 × 1000000007000003 ="), message);
        assertTrue(message.contains(rate.toString()), message);
        RemoteRateLimiter limiter = limiter(key, SLOW);
        assertThrows(IllegalArgumentException.class, () -> limiter.replaceRate(rate));
        assertEquals(SLOW, limiter.rate());
    }

    @Test
    void a_rate_is_reduced_to_its_lowest_terms() {
        assertEquals(new RedisRate(1, 10_000, 100), RedisRate.of(Rate.perSecond(100)));
        assertEquals(new RedisRate(1, 60_000_000, 1), RedisRate.of(Rate.perMinute(1)));
        assertEquals(new RedisRate(7, 11_000, 5), RedisRate.of(new Rate(7, Duration.ofMillis(11), 5)));
        assertEquals(new RedisRate(700_000, 1, 9), RedisRate.of(new Rate(700, Duration.ofNanos(1), 9)));
    }

    @Test
    void a_blocking_call_on_a_thread_of_netty_throws_and_an_async_one_works() throws Exception {
        RemoteRateLimiter limiter = limiter(key, SLOW);
        CompletableFuture<Throwable> blocked = new CompletableFuture<>();
        CompletableFuture<Object> async = new CompletableFuture<>();
        connection.setAutoFlushCommands(false); // the answer comes when it is known what depends on it
        commands.ping().thenAccept(pong -> {
            try {
                limiter.tryAcquire();
                blocked.complete(null);
            } catch (RuntimeException refused) {
                blocked.complete(refused);
            }
            limiter.acquireAsync().thenRun(() -> async.complete("done"));
        });
        connection.setAutoFlushCommands(true);
        connection.flushCommands();
        assertInstanceOf(IllegalStateException.class, blocked.get(20, TimeUnit.SECONDS));
        async.get(20, TimeUnit.SECONDS);
    }

    @Test
    void several_limits_are_met_all_or_none_in_one_trip() throws Exception {
        String tag = "{" + key + "}";
        RemoteRateLimiter both = RedisRateLimiter.allOf(
                        commands, Map.of(tag + ":hour", Rate.perHour(10), tag + ":day", Rate.of(6, Duration.ofDays(1))))
                .timeout(Duration.ofSeconds(20))
                .build();
        assertEquals(6, both.rate().burst());
        assertTrue(both.tryAcquire(4));
        assertFalse(both.tryAcquire(3));
        assertFalse(both.tryAcquire(3, Duration.ofSeconds(1)));
        assertEquals(2, both.tryAcquireUpTo(100));
        assertEquals(4, limiter(tag + ":hour", Rate.perHour(10)).peek().remaining());
        assertEquals(4, both.remoteMetrics().trips());
        assertTrue(both.toString().contains(tag + ":day"), both.toString());
        assertThrows(UnsupportedOperationException.class, () -> both.replaceRate(SLOW));
        commands.del(tag + ":hour", tag + ":day").get(20, TimeUnit.SECONDS);
    }

    @Test
    void limits_in_several_hash_slots_are_refused_when_built() {
        Map<String, Rate> limits = Map.of("a", SLOW, "b", SLOW);
        String message = assertThrows(IllegalArgumentException.class, () -> RedisRateLimiter.allOf(commands, limits))
                .getMessage();
        assertTrue(message.startsWith("keys must be in one hash slot, as by a common part in braces"), message);
        assertThrows(IllegalArgumentException.class, () -> RedisRateLimiter.allOf(commands, Map.of()));
        Map<String, Rate> tooFine = Map.of("a", new Rate(1, Duration.ofDays(365), 1L << 50));
        assertThrows(IllegalArgumentException.class, () -> RedisRateLimiter.allOf(commands, tooFine));
    }

    @Test
    void permits_are_fetched_in_advance() {
        RemoteRateLimiter limiter = RedisRateLimiter.builder(commands, key, Rate.perHour(100))
                .lease(Lease.upTo(50, Duration.ofMinutes(20)))
                .timeout(Duration.ofSeconds(20))
                .build();
        for (int i = 0; i < 51; i++) {
            assertTrue(limiter.tryAcquire());
        }
        assertEquals(1, limiter.remoteMetrics().trips());
        assertEquals(15, limiter.drain(), "the burst is 66");
        assertFalse(limiter.tryAcquire());
        long trips = limiter.remoteMetrics().trips();
        assertFalse(limiter.tryAcquire());
        assertEquals(trips, limiter.remoteMetrics().trips(), "refused without a trip until a permit can be there");
    }

    @Test
    void the_connection_stays_open() {
        limiter(key, SLOW).tryAcquire();
        assertTrue(connection.isOpen());
    }

    @Test
    void a_rolling_change_of_the_rate_does_not_flip_flop() throws Exception {
        RemoteRateLimiter old = limiter(key, SLOW);
        RemoteRateLimiter changed = RedisRateLimiter.builder(commands, key, SLOW.withBurst(6))
                .generation(1)
                .timeout(Duration.ofSeconds(20))
                .build();
        assertTrue(old.tryAcquire(5));
        assertTrue(changed.tryAcquire(1));
        assertTrue(old.tryAcquire(1));
        assertFalse(old.tryAcquire(7), "never, by the newer rate");
        assertEquals(3, changed.tryAcquireUpTo(100));
    }
}
