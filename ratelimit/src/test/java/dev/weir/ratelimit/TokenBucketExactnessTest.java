package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenBucketExactnessTest {
    private final ManualTimeSource time = new ManualTimeSource();

    private TokenBucket bucket(Rate rate) {
        return TokenBucket.builder(rate).timeSource(time).build();
    }

    /** Takes as much as there is, in pieces that halve. */
    private static long drain(TokenBucket bucket) {
        long taken = 0;
        for (long piece = Long.highestOneBit(bucket.rate().burst()); piece > 0; piece >>= 1) {
            while (bucket.tryAcquire(piece)) {
                taken += piece;
            }
        }
        return taken;
    }

    @ParameterizedTest
    @CsvSource({
        "700000000, 1000000000",
        "1, 3000000000",
        "44100, 1000000000",
        "7, 11000000",
        "999999937, 1000000000",
        "3, 1",
    })
    void an_hour_admits_exactly_the_floor_of_rate_times_time_plus_the_burst(long permits, long nanos) {
        long burst = Math.max(10, 2 * permits);
        for (long stepNanos : new long[] {1_000_000_000, 999_999_999, 123_456_789}) {
            ManualTimeSource clock = new ManualTimeSource(Long.MAX_VALUE - 1_000_000_007L); // wraps on the way
            TokenBucket bucket = TokenBucket.builder(new Rate(permits, Duration.ofNanos(nanos), burst))
                    .timeSource(clock)
                    .build();
            if (permits * (stepNanos / (double) nanos) > burst) {
                continue; // the bucket would run over between two steps
            }
            long admitted = drain(bucket);
            long elapsed = 0;
            while (elapsed + stepNanos <= 3_600_000_000_000L) {
                clock.advance(Duration.ofNanos(stepNanos));
                elapsed += stepNanos;
                admitted += drain(bucket);
            }
            BigInteger grown = BigInteger.valueOf(elapsed)
                    .multiply(BigInteger.valueOf(permits))
                    .divide(BigInteger.valueOf(nanos));
            assertEquals(grown.longValueExact() + burst, admitted, "steps of " + stepNanos);
        }
    }

    @Test
    void rejected_a_nanosecond_before_and_admitted_at_the_time() {
        TokenBucket bucket = bucket(Rate.of(1, Duration.ofSeconds(3)).withBurst(1));
        assertTrue(bucket.tryAcquire());
        time.advance(Duration.ofNanos(2_999_999_999L));
        assertFalse(bucket.tryAcquire());
        time.advance(Duration.ofNanos(1));
        assertTrue(bucket.tryAcquire());
    }

    @Test
    void what_it_says_to_wait_is_enough_and_a_nanosecond_less_is_not() {
        for (long permits : new long[] {1, 3, 7, 44_100, 3_000_000, 700_000_000, 5_000_000_000L}) {
            TokenBucket bucket = bucket(Rate.perSecond(permits).withBurst(2));
            time.advance(Duration.ofNanos(permits % 1_000));
            assertTrue(bucket.tryAcquire(2));
            long wait = bucket.nanosUntil(1);
            assertTrue(wait >= 1);
            time.advance(Duration.ofNanos(wait - 1));
            assertFalse(bucket.tryAcquire(), permits + "/s");
            time.advance(Duration.ofNanos(1));
            assertTrue(bucket.tryAcquire(), permits + "/s");
        }
    }

    @Test
    void no_boundary_of_a_period_admits_twice_the_limit_and_evenly_spaced_means_it() {
        TokenBucket tenASecond = bucket(Rate.perSecond(10));
        time.advance(Duration.ofSeconds(1).minusMillis(1));
        int admitted = 0;
        for (int i = 0; i < 20; i++) {
            admitted += tenASecond.tryAcquire() ? 1 : 0;
            time.advance(Duration.ofNanos(100_000)); // two milliseconds, around the full second
            assertTrue(admitted <= 10, "more than the burst and nothing has grown");
        }
        assertEquals(10, admitted);
        TokenBucket evenly = bucket(Rate.of(1, Duration.ofMillis(100)).withBurst(1));
        time.advance(Duration.ofMillis(94));
        assertTrue(evenly.tryAcquire());
        time.advance(Duration.ofMillis(6));
        assertFalse(evenly.tryAcquire(), "two within 6 ms, around a full 100 ms");
    }

    @Test
    void a_reading_of_the_clock_that_is_old_when_it_is_used_rewinds_nothing() {
        ScriptedTime scripted = new ScriptedTime();
        TokenBucket bucket =
                TokenBucket.builder(Rate.perSecond(10)).timeSource(scripted).build();
        int others = 0;
        for (int round = 0; round < 100; round++) {
            long[] taken = new long[1];
            scripted.inReading(
                    1,
                    () -> { // between a reading and its use a second goes by and another takes all
                        scripted.manual.advance(Duration.ofSeconds(1));
                        taken[0] = bucket.drain();
                    });
            assertFalse(bucket.tryAcquire(), "an old reading found what a newer one had taken");
            others += (int) taken[0];
        }
        assertEquals(1_000, others);
    }

    @Test
    void a_permit_a_year_comes_after_a_year() {
        TokenBucket bucket = bucket(Rate.of(1, Duration.ofDays(365)));
        assertTrue(bucket.tryAcquire());
        time.advance(Duration.ofDays(365).minusNanos(1));
        assertFalse(bucket.tryAcquire());
        time.advance(Duration.ofNanos(1));
        assertTrue(bucket.tryAcquire());
    }

    @Test
    void a_long_idle_bucket_is_full_and_no_fuller() {
        TokenBucket bucket = bucket(Rate.perSecond(1_000_000_000).withBurst(3));
        time.advance(Duration.ofDays(36_500));
        assertTrue(bucket.tryAcquire(3));
        assertFalse(bucket.tryAcquire());
    }

    @Test
    void the_fastest_rate_survives_the_wrap_of_its_units() {
        TokenBucket bucket = bucket(Rate.of(1_000, Duration.ofNanos(1)).withBurst(5));
        for (int i = 0; i < 50; i++) {
            assertTrue(bucket.tryAcquire(5), "after " + 100 * i + " days");
            assertFalse(bucket.tryAcquire());
            time.advance(Duration.ofDays(100));
        }
    }

    @Test
    void initial_permits_are_what_it_starts_with() {
        TokenBucket bucket = TokenBucket.builder(Rate.perSecond(10))
                .initialPermits(3)
                .timeSource(time)
                .build();
        assertTrue(bucket.tryAcquire(3));
        assertFalse(bucket.tryAcquire());
        time.advance(Duration.ofMillis(100));
        assertTrue(bucket.tryAcquire());
    }

    /** A clock of which each reading may be stale, as if its reader had been delayed since. */
    private static final class StaleClock implements TimeSource {
        final ManualTimeSource real = new ManualTimeSource();
        long behind;

        @Override
        public long nanoTime() {
            return real.nanoTime() - behind;
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            real.parkNanos(blocker, nanos);
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            return real.schedule(task, delay);
        }
    }

    @Test
    void no_window_of_any_schedule_admits_more_than_burst_plus_rate_times_time() {
        long seed = System.nanoTime();
        System.out.println("no_window_of_any_schedule_admits_more seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            long permits = 1 + random.nextInt(1_000);
            long nanos = 1 + random.nextInt(100_000);
            long burst = 1 + random.nextInt(20);
            StaleClock clock = new StaleClock();
            TokenBucket bucket = TokenBucket.builder(new Rate(permits, Duration.ofNanos(nanos), burst))
                    .timeSource(clock)
                    .build();
            List<long[]> admitted = new ArrayList<>(); // {time, permits}
            for (int i = 0; i < 150; i++) {
                clock.real.advance(Duration.ofNanos(
                        random.nextInt(3) == 0
                                ? random.nextLong(3 * burst * nanos / permits + 2)
                                : random.nextInt(20)));
                clock.behind = random.nextInt(4) == 0 ? random.nextLong(clock.real.nanoTime() + 1) : 0;
                long n = 1 + random.nextLong(burst);
                if (bucket.tryAcquire(n)) {
                    admitted.add(new long[] {clock.nanoTime(), n}); // the call took effect when it read the clock
                }
            }
            admitted.sort(Comparator.comparingLong(admission -> admission[0]));
            for (int from = 0; from < admitted.size(); from++) {
                long sum = 0;
                for (int to = from; to < admitted.size(); to++) {
                    sum += admitted.get(to)[1];
                    long window = admitted.get(to)[0] - admitted.get(from)[0];
                    // sum <= burst + permits * window / nanos, without rounding
                    assertTrue(
                            (sum - burst) * nanos <= permits * window,
                            sum + " in " + window + " ns, " + bucket + ", seed " + seed);
                }
            }
        }
    }

    /** A clock that lags by up to its resolution, as a coarse one does. */
    private static final class LaggingClock implements TimeSource {
        final long resolution;
        long real;

        LaggingClock(long resolution) {
            this.resolution = resolution;
        }

        @Override
        public long nanoTime() {
            return real - Math.floorMod(real, resolution);
        }

        @Override
        public Duration resolution() {
            return Duration.ofNanos(resolution);
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            throw new AssertionError("nobody waits");
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            throw new AssertionError("nobody waits");
        }
    }

    @Test
    void no_window_of_real_time_admits_more_than_stated_on_a_clock_that_lags() {
        long seed = System.nanoTime();
        System.out.println("no_window_of_real_time seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            long permits = 1 + random.nextInt(1_000);
            long nanos = 1 + random.nextInt(100_000);
            LaggingClock clock = new LaggingClock(2 + random.nextInt(10_000));
            long burst = Math.ceilDiv(permits * clock.resolution, nanos) + 1 + random.nextInt(20);
            TokenBucket bucket = TokenBucket.builder(new Rate(permits, Duration.ofNanos(nanos), burst))
                    .timeSource(clock)
                    .build();
            List<long[]> admitted = new ArrayList<>(); // {real time, permits}
            for (int i = 0; i < 200; i++) {
                clock.real += random.nextInt(3) == 0 ? random.nextLong(3 * clock.resolution) : random.nextInt(20);
                long n = random.nextBoolean()
                        ? 1 + random.nextLong(burst)
                        : bucket.peek(1).remaining();
                if (n > 0 && bucket.tryAcquire(n)) {
                    admitted.add(new long[] {clock.real, n});
                }
            }
            for (int from = 0; from < admitted.size(); from++) {
                long sum = 0;
                for (int to = from; to < admitted.size(); to++) {
                    sum += admitted.get(to)[1];
                    long window = admitted.get(to)[0] - admitted.get(from)[0];
                    assertTrue((sum - burst) * nanos <= permits * window, sum + " in " + window + " ns, seed " + seed);
                }
            }
        }
    }

    @Test
    void a_burst_that_is_too_small_for_the_clock_is_refused_with_the_numbers() {
        LaggingClock clock = new LaggingClock(1_000_000);
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> TokenBucket.builder(Rate.perSecond(1_000_000).withBurst(10))
                                .timeSource(clock)
                                .build())
                .getMessage();
        assertEquals(
                "burst must be at least 1000 on a clock with a resolution of PT0.001S, within which that number of"
                        + " permits grow, but is 10",
                message);
        TokenBucket spaced = TokenBucket.builder(Rate.perSecond(1).withBurst(1))
                .timeSource(clock)
                .build();
        assertTrue(spaced.tryAcquire());
        assertThrows(
                IllegalArgumentException.class,
                () -> spaced.replaceRate(Rate.perSecond(1_000_000).withBurst(1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> KeyedRateLimiter.builder(Rate.perSecond(1_000_000).withBurst(10))
                        .timeSource(clock)
                        .build());
    }

    @Test
    void a_permit_is_never_later_than_a_real_numbers_bucket_by_more_than_a_nanosecond() {
        long seed = System.nanoTime();
        System.out.println("a_permit_is_never_later seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            long permits = 1 + random.nextInt(1_000);
            long nanos = 1_000 + random.nextInt(1_000_000);
            long burst = 1 + random.nextInt(5);
            ManualTimeSource clock = new ManualTimeSource();
            TokenBucket bucket = TokenBucket.builder(new Rate(permits, Duration.ofNanos(nanos), burst))
                    .timeSource(clock)
                    .build();
            // The reference counts a nanosecond as `permits` and a permit as `nanos`, so that all is whole.
            long level = 0;
            for (int i = 0; i < 500; i++) {
                if (random.nextInt(10) == 0) {
                    clock.advance(Duration.ofNanos(random.nextLong(2 * burst * nanos / permits + 2)));
                }
                long wanted = 1 + random.nextLong(burst);
                long ideal = Math.max(clock.nanoTime(), Math.ceilDiv(level + (wanted - burst) * nanos, permits));
                clock.advance(Duration.ofNanos(bucket.nanosUntil(wanted)));
                assertTrue(bucket.tryAcquire(wanted));
                long late = clock.nanoTime() - ideal;
                assertTrue(late == 0 || late == 1, late + " ns late, " + bucket + ", seed " + seed);
                level = Math.max(level, clock.nanoTime() * permits) + wanted * nanos;
            }
        }
    }
}
