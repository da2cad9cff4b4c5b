package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.testkit.Call;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What several clients were admitted in the server's time: every window is looked at. */
@Timeout(60)
class RedisWindowTest {
    private static final int CLIENTS = 3;
    private static final int THREADS = 2;

    /** The script, which also writes a log of what it admits. */
    private static Script logging() {
        String writes = "if missing ~= before or dirty then";
        String text = Script.GCRA.text();
        assertTrue(text.contains(writes));
        return Script.of(text.replace(
                writes,
                "if missing > before then redis.call('RPUSH', key .. ':log', string.format('%.0f %.0f', now, (missing"
                        + " - before) / P)) end\n"
                        + writes));
    }

    private interface Body {
        void run(RemoteRateLimiter limiter) throws Exception;
    }

    /** Has all threads of all clients ask for a time, and checks all windows of what they got. */
    private static void run(Rate rate, Duration duration, Body body, Body beside) throws Exception {
        try (TestRedis redis = TestRedis.any()) {
            String key = TestRedis.newKey();
            List<Call<Void>> calls = new ArrayList<>();
            List<RemoteRateLimiter> limiters = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                limiters.add(RemoteRateLimiter.builder(new RedisBuckets(redis.commands(), logging()), key, rate)
                        .timeout(Duration.ofSeconds(20))
                        .build());
            }
            RemoteRateLimiter any = limiters.get(0);
            long end = System.nanoTime() + duration.toNanos(); // once all are connected
            for (RemoteRateLimiter limiter : limiters) {
                for (int thread = 0; thread < THREADS; thread++) {
                    calls.add(Call.run(() -> {
                        do { // once at least, however late it begins
                            body.run(limiter);
                        } while (System.nanoTime() - end < 0);
                    }));
                }
            }
            RedisAsyncCommands<String, String> commands = redis.commands();
            while (System.nanoTime() - end < 0) {
                Thread.sleep(20);
                if (beside != null) {
                    commands.scriptFlush().get(20, TimeUnit.SECONDS);
                }
            }
            for (Call<Void> call : calls) {
                call.result();
            }
            List<String> log = commands.lrange(key + ":log", 0, -1).get(20, TimeUnit.SECONDS);
            commands.del(key, key + ":log").get(20, TimeUnit.SECONDS);
            assertEquals(0, any.remoteMetrics().failed());
            check(rate, log);
        }
    }

    /**
     * The largest sum of a run of admissions less what grew between its first and its last is at most the burst. How
     * much of what grew is used depends on how often the machine lets the callers ask, and so is only printed.
     */
    private static void check(Rate rate, List<String> log) {
        RedisRate units = RedisRate.of(rate);
        long worst = 0;
        long level = 0;
        long last = 0;
        long first = 0;
        long admitted = 0;
        for (String line : log) {
            String[] parts = line.split(" ");
            long micros = Long.parseLong(parts[0]);
            long permits = Long.parseLong(parts[1]);
            first = first == 0 ? micros : first;
            level = last == 0 ? 0 : Math.max(0, level - units.unitsPerMicro() * (micros - last));
            level += permits * units.unitsPerPermit();
            worst = Math.max(worst, level);
            last = micros;
            admitted += permits;
        }
        double burst = (double) worst / units.unitsPerPermit();
        double most = rate.burst()
                + (double) rate.permits()
                        * (last - first)
                        * 1_000
                        / rate.period().toNanos();
        System.out.println(rate + ": " + admitted + " of " + most + " admitted, tightest window " + burst);
        assertTrue(worst <= units.burst() * units.unitsPerPermit(), "a window admitted " + burst + " at once");
        assertTrue(admitted > 0, "nothing was admitted");
    }

    @Test
    void no_window_admits_more_than_the_burst_and_what_has_grown() throws Exception {
        Rate rate = Rate.perSecond(1000).withBurst(1000);
        run(rate, Duration.ofSeconds(2), RemoteRateLimiter::tryAcquire, null);
    }

    @Test
    void nor_does_one_of_those_that_wait() throws Exception {
        Rate rate = Rate.of(7, Duration.ofMillis(11)).withBurst(5);
        run(rate, Duration.ofSeconds(1), RemoteRateLimiter::acquire, null);
    }

    @Test
    void nor_while_the_script_is_forgotten_over_and_over() throws Exception {
        Rate rate = Rate.perSecond(500).withBurst(50);
        run(rate, Duration.ofSeconds(1), limiter -> limiter.acquire(3), limiter -> {});
    }
}
