package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.Lease;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import dev.weir.ratelimit.remote.RemoteBuckets.Bucket;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.testkit.Call;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Defects that were seen in other limiters on Redis. */
@Timeout(60)
class PeerDefectsTest {
    private static final long START = 1_800_000_000_000_000L;

    private final String key = TestRedis.newKey();
    private TestRedis redis;
    private RedisAsyncCommands<String, String> commands;
    private RedisBuckets buckets;

    @BeforeEach
    void connect() throws Exception {
        redis = TestRedis.own();
        commands = redis.commands();
        buckets = new RedisBuckets(
                commands,
                Script.of(Script.GCRA
                        .text()
                        .replace(
                                "local time = redis.call('TIME')",
                                "local set = redis.call('GET', KEYS[1] .. ':clock')\n"
                                        + "local time = {math.floor(set / 1000000), set % 1000000}")));
    }

    @AfterEach
    void disconnect() {
        redis.close();
    }

    private static <A> A await(CompletionStage<A> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** Sets the server's clock, in microseconds from an odd moment on. */
    private void at(long micros) throws Exception {
        await(commands.set(key + ":clock", Long.toString(START + micros), SetArgs.Builder.ex(600)));
    }

    private boolean taken(Rate rate, long permits) throws Exception {
        List<Bucket> bucket = List.of(new Bucket(key, rate, 0));
        return await(buckets.take(bucket, new long[] {permits}, false, 0))
                        .get(0)
                        .granted()
                > 0;
    }

    private RemoteRateLimiter limiter(Rate rate, TimeSource time) {
        return RedisRateLimiter.builder(commands, key, rate)
                .timeSource(time)
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    /** Spring Cloud Gateway admits 50 of 50, as the expiry of 0.8 s is rounded down to none. */
    @Test
    void a_burst_that_grows_within_a_second_is_kept_to() throws Exception {
        at(0);
        int admitted = 0;
        long start = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            admitted += taken(Rate.perSecond(10).withBurst(4), 1) ? 1 : 0;
        }
        // The clock of the script stands still, and a key expires when the burst has grown by the server's.
        long expired = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) / 400;
        assertTrue(admitted >= 4 && admitted <= 4 * (1 + expired), admitted + " admitted, " + expired + " expired");
    }

    /** Spring Cloud Gateway admits 20 within 2 µs. */
    @Test
    void the_next_second_brings_no_second_burst() throws Exception {
        Rate rate = Rate.of(100, Duration.ofSeconds(10)); // the key does not expire meanwhile
        at(9_999_999);
        assertTrue(taken(rate, 100));
        at(10_000_001);
        assertFalse(taken(rate, 1));
    }

    /** Redisson and Bucket4j grant it a further burst at once, and the others nothing afterwards. */
    @Test
    void a_client_whose_clock_is_ahead_gets_no_second_burst_and_locks_nobody_out() throws Exception {
        RemoteRateLimiter here = limiter(Rate.perHour(10), new ManualTimeSource());
        ManualTimeSource skewed = new ManualTimeSource();
        RemoteRateLimiter ahead = limiter(Rate.perHour(10), skewed);
        assertTrue(here.tryAcquire(9));
        skewed.advance(Duration.ofMinutes(5));
        assertFalse(ahead.tryAcquire(2));
        skewed.advance(Duration.ofDays(10));
        assertFalse(ahead.tryAcquire(2));
        assertTrue(here.tryAcquire());
    }

    /** Redisson's release leaves the entries, which grow back a second time. */
    @Test
    void permits_that_come_back_come_back_once() throws Exception {
        Rate rate = Rate.of(10, Duration.ofSeconds(200)); // the key does not expire meanwhile
        List<Bucket> bucket = List.of(new Bucket(key, rate, 0));
        at(0);
        assertTrue(taken(rate, 5));
        await(buckets.refund(bucket, 5));
        assertEquals(10, await(buckets.takeUpTo(bucket, 100)).granted());
        at(50_000_000);
        assertEquals(2, await(buckets.takeUpTo(bucket, 100)).granted());
    }

    /** Redisson's cancelled acquireAsync takes its permit all the same. */
    @Test
    void a_cancelled_request_takes_nothing() throws Exception {
        RemoteRateLimiter limiter = limiter(Rate.perHour(10), TimeSource.system());
        redis.process().hang();
        CompletableFuture<?> underWay = limiter.acquireAsync(3);
        assertTrue(underWay.cancel(true));
        redis.process().goOn();
        Call.until(() -> limiter.remoteMetrics().refundedLate() == 3);
        Call.until(() -> limiter.peek().remaining() == 10); // it is counted before it is sent
        assertEquals(10, limiter.drain());
        CompletableFuture<?> waits = limiter.acquireAsync(2);
        assertTrue(waits.cancel(true));
        limiter.refund(1);
        Call.until(() -> limiter.peek().remaining() == 1);
    }

    /** The AllowAtMost of redis_rate returns 4 and consumes 4.5. */
    @Test
    void up_to_a_number_takes_whole_permits_only() throws Exception {
        Rate rate = Rate.of(1, Duration.ofSeconds(100)).withBurst(5); // the key does not expire meanwhile
        List<Bucket> bucket = List.of(new Bucket(key, rate, 0));
        at(0);
        assertTrue(taken(rate, 5));
        at(450_000_000);
        Answer answer = await(buckets.takeUpTo(bucket, 100));
        assertEquals(4, answer.granted());
        at(499_999_999);
        assertFalse(taken(rate, 1));
        at(500_000_000);
        assertTrue(taken(rate, 1));
    }

    /** Bucket4j sends two commands, and 60 with 64 threads; Redisson and others set the expiry in another one. */
    @Test
    void a_decision_is_one_command_whose_one_write_has_the_expiry() throws Exception {
        RemoteRateLimiter limiter = limiter(Rate.of(100, Duration.ofDays(1)), TimeSource.system());
        assertTrue(limiter.tryAcquire()); // the script is known afterwards
        await(commands.configResetstat());
        for (int i = 0; i < 10; i++) {
            assertTrue(limiter.tryAcquire());
        }
        String stats = await(commands.info("commandstats"));
        assertEquals(10, calls(stats, "evalsha"));
        assertEquals(10, calls(stats, "set"));
        assertEquals(0, calls(stats, "eval") + calls(stats, "expire") + calls(stats, "pexpire"));
        assertTrue(await(commands.pttl(key)) > 0);
    }

    private static long calls(String stats, String command) {
        Matcher matcher =
                Pattern.compile("cmdstat_" + command + ":calls=(\\d+)").matcher(stats);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    /** Redisson and Bucket4j leave a key for ever, unless told otherwise. */
    @Test
    void no_thread_no_key_without_expiry_and_no_connection_is_left() throws Exception {
        var client = redis.connect();
        RemoteRateLimiter limiter = RedisRateLimiter.builder(client.async(), key, Rate.perSecond(50))
                .timeout(Duration.ofSeconds(5))
                .lease(Lease.upTo(10, Duration.ofMillis(100)))
                .build();
        var keyed = RedisRateLimiter.keyed(client.async(), Rate.perSecond(5)).build();
        for (int i = 0; i < 50; i++) {
            limiter.acquire();
            keyed.forKey(key + "-" + i).tryAcquire(3);
        }
        CompletableFuture<?> waits = limiter.acquireAsync(40);
        redis.process().hang();
        assertFalse(limiter.tryAcquire(45));
        Call.until(waits::isDone);
        redis.process().goOn();
        Call.until(() -> !limiter.remoteMetrics().unavailable());
        limiter.acquire();
        client.close();
        for (String each : await(commands.keys("*"))) {
            assertTrue(await(commands.pttl(each)) != -1, each + " has no expiry");
        }
        Call.until(() -> Call.uninterrupted(() -> await(commands.keys("*")).isEmpty()));
        Call.until(() ->
                Call.uninterrupted(() -> await(commands.clientList())).lines().count()
                        == 1); // the connection of this test
        Call.until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("weir") && !thread.isDaemon()));
    }
}
