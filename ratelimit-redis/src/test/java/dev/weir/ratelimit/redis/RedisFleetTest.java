package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Rate;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three JVMs on one key: all pairs of admissions are looked at, in the server's time. That no window admits too much is
 * always asserted. How much of the rate is used depends on how often a busy machine lets the callers ask, so that each
 * answer is compared with the one that a bucket counted in whole numbers gives to the same question.
 */
@Timeout(120)
class RedisFleetTest {
    private static final Rate RATE = Rate.perSecond(1000);
    private static final long MILLIS = 2_500;

    private static Fleet fleet;

    private final String key = TestRedis.newKey();

    @BeforeAll
    static void start() throws Exception {
        TestRedis.any().close(); // skips all where no server runs
        fleet = new Fleet();
    }

    @AfterAll
    static void end() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    /** What happens beside the fleet. */
    private interface Fault {
        void run(TestRedis redis) throws Exception;
    }

    private static Fleet.Result run(
            TestRedis redis, String key, Rate rate, boolean waits, long millis, long skewMinutes, Fault fault)
            throws Exception {
        Fleet.Setting setting = new Fleet.Setting(redis.process().port(), false, key, rate, waits, 0, millis);
        Fleet.Result result = fleet.run(setting, skewMinutes, () -> fault.run(redis));
        System.out.println(result);
        return result;
    }

    private Fleet.Result run(Rate rate, boolean waits, long skewMinutes, Fault fault) throws Exception {
        return run(rate, waits, MILLIS, skewMinutes, fault);
    }

    private Fleet.Result run(Rate rate, boolean waits, long millis, long skewMinutes, Fault fault) throws Exception {
        try (TestRedis redis = TestRedis.own()) {
            return run(redis, key, rate, waits, millis, skewMinutes, fault);
        }
    }

    private static void assertExact(Fleet.Result result) {
        assertTrue(result.log().taken() > 0, "nothing was taken");
        assertNull(result.log().firstDifference());
        assertNoWindowAdmitsMore(result.log(), 1);
        assertEquals(result.admitted(), result.log().taken(), "what callers got is what was taken and not given back");
    }

    private static void assertNoWindowAdmitsMore(TripLog log, int bursts) {
        double burst = log.tightestBurst();
        assertTrue(burst <= (double) bursts * log.burst(), "a window admitted " + burst + " at once: " + log);
    }

    /** All is used but what nobody asked for in time: a quiet machine asks for nearly all. */
    private static void assertUsed(Fleet.Result result) {
        TripLog log = result.log();
        double possible = log.taken() / log.use();
        assertTrue(log.taken() + log.notAskedFor() >= 0.999 * possible, result.toString());
        if (log.notAskedFor() < 0.005 * possible) {
            assertTrue(log.use() >= 0.99, result.toString());
        }
    }

    private static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    @Test
    void three_processes_get_what_one_would_and_all_of_it() throws Exception {
        Fleet.Result result = run(RATE, false, 0, redis -> {});
        assertExact(result);
        assertUsed(result);
    }

    @Test
    void so_they_do_when_they_wait_for_it() throws Exception {
        Fleet.Result result = run(Rate.of(7, Duration.ofMillis(11)).withBurst(300), true, 0, redis -> {});
        assertExact(result);
        assertUsed(result);
    }

    @Test
    void clocks_that_are_minutes_apart_and_jump_change_nothing() throws Exception {
        Fleet.Result result = run(RATE, false, 5, redis -> {});
        assertExact(result);
    }

    /** In the time of the callers: permits are used later than the server has counted them. */
    private void runLeased(boolean waits, long skewMinutes) throws Exception {
        try (TestRedis redis = TestRedis.own()) {
            Rate rate = Rate.perSecond(2_000).withBurst(1_000); // of which leases take 200
            int port = redis.process().port();
            Fleet.Result result =
                    fleet.run(new Fleet.Setting(port, false, key, rate, waits, 50, MILLIS), skewMinutes, () -> {});
            System.out.println(result);
            double burst = result.uses().tightestBurst();
            assertTrue(burst <= rate.burst(), "a window admitted " + burst + " at once: " + result);
            assertEquals(result.admitted(), result.uses().permits());
            assertTrue(result.admitted() > 800, "no more than a burst: " + result);
        }
    }

    @Test
    void leases_keep_to_the_limit_in_the_time_of_those_that_use_them() throws Exception {
        runLeased(true, 0);
    }

    @Test
    void so_they_do_with_clocks_that_are_minutes_apart_and_jump() throws Exception {
        runLeased(false, 5);
    }

    @Test
    void nor_does_a_server_that_forgets_the_script_again_and_again() throws Exception {
        Fleet.Result result = run(RATE, false, 0, redis -> {
            RedisAsyncCommands<String, String> commands = redis.commands();
            for (int i = 0; i < 40; i++) {
                Thread.sleep(50);
                commands.scriptFlush().get(20, TimeUnit.SECONDS);
            }
        });
        assertExact(result);
        assertUsed(result);
    }

    @Test
    void a_server_that_stands_still_for_two_seconds_admits_no_more_and_gets_back_what_came_too_late() throws Exception {
        try (TestRedis redis = TestRedis.own()) {
            Fleet.Result result = run(redis, key, RATE, false, 5_000, 0, same -> {
                Thread.sleep(1_000);
                same.process().hang();
                Thread.sleep(2_000);
                same.process().goOn();
            });
            assertExact(result);
            assertTrue(result.failed() >= Fleet.NODES, "each process had a time-out");
            assertTrue(result.log().longestPause() >= 1_500, "it did stand still");
        }
    }

    @Test
    void a_server_that_is_killed_and_comes_back_empty_gives_one_more_burst() throws Exception {
        try (TestRedis redis = TestRedis.own()) {
            long[] times = new long[2];
            // A client that has lost its server looks for it at intervals that double, up to as long as that was away.
            Fleet.Result result = run(redis, key, RATE, false, 10_000, 0, same -> {
                Thread.sleep(1_000);
                same.process().kill();
                times[0] = nowMicros();
                Thread.sleep(1_000);
                times[1] = nowMicros();
                same.process().restart();
            });
            assertNoWindowAdmitsMore(result.log(), 2);
            TripLog before = result.log().between(0, times[0]);
            TripLog after = result.log().between(times[1], Long.MAX_VALUE);
            assertNoWindowAdmitsMore(before, 1);
            assertNoWindowAdmitsMore(after, 1);
            assertTrue(result.log().between(times[0], times[1]).isEmpty());
            assertTrue(after.taken() > 0, "it was found again");
            assertTrue(result.admitted() <= result.log().taken(), result.toString());
        }
    }

    @Test
    void a_server_whose_clock_jumps_ahead_gives_a_burst_for_each_jump_and_one_that_goes_back_locks_nobody_out()
            throws Exception {
        long[] times = new long[3];
        Fleet.Result result = run(RATE, false, 8_000, 0, redis -> {
            RedisAsyncCommands<String, String> commands = redis.commands();
            long[] shifts = {600_000_000L, -600_000_000L, -3_000_000_000L};
            for (int i = 0; i < shifts.length; i++) {
                Thread.sleep(1_500);
                commands.set(FleetNode.shiftKey(key), Long.toString(shifts[i])).get(20, TimeUnit.SECONDS);
                times[i] = nowMicros();
            }
        });
        assertNoWindowAdmitsMore(result.log(), 2);
        assertNoWindowAdmitsMore(result.log().between(times[0], Long.MAX_VALUE), 1);
        for (int i = 1; i < times.length; i++) {
            long until = i + 1 < times.length ? times[i + 1] : Long.MAX_VALUE;
            assertTrue(
                    result.log().between(times[i] + 10_000, until).taken() > 0,
                    "locked out after jump " + i + ": " + result);
        }
    }

    @Test
    void a_primary_of_a_cluster_that_is_lost_costs_at_most_one_more_burst() throws Exception {
        try (RedisCluster cluster = RedisCluster.start()) {
            Fleet.Setting setting = new Fleet.Setting(cluster.port(), true, "{" + key + "}", RATE, false, 0, 12_000);
            Fleet.Result result = fleet.run(setting, 0, () -> {
                Thread.sleep(1_500);
                cluster.failOver(setting.key());
            });
            System.out.println(result);
            assertNoWindowAdmitsMore(result.log(), 2);
            assertTrue(result.failed() > 0, "nobody noticed");
            long failed = cluster.failedOverMicros();
            assertNoWindowAdmitsMore(result.log().between(0, failed), 1);
            TripLog after = result.log().between(failed, Long.MAX_VALUE);
            assertNoWindowAdmitsMore(after, 1);
            assertTrue(after.taken() > 0, "the replica was not found: " + result);
        }
    }
}
