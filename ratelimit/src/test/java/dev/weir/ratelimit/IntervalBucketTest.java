package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IntervalBucketTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ManualTimeSource time = new ManualTimeSource(Long.MAX_VALUE - MINUTE.toNanos());

    private IntervalBucket.Builder builder(Rate rate) {
        return IntervalBucket.builder(rate).timeSource(time);
    }

    @Test
    void permits_come_all_at_once_at_the_end_of_each_period() {
        IntervalBucket bucket = builder(Rate.perMinute(7)).build();
        assertEquals(7, bucket.drain());
        time.advance(MINUTE.minusNanos(1));
        assertEquals(0, bucket.drain());
        time.advance(Duration.ofNanos(1));
        assertEquals(7, bucket.drain());
        time.advance(MINUTE.multipliedBy(10));
        assertEquals(7, bucket.drain(), "no more than the burst");
        time.advance(Duration.ofSeconds(59));
        assertEquals(0, bucket.drain(), "the periods go on from where they began");
        time.advance(Duration.ofSeconds(1));
        assertEquals(7, bucket.drain());
    }

    @Test
    void a_larger_burst_saves_up_periods() {
        IntervalBucket bucket =
                builder(Rate.perMinute(7).withBurst(20)).initialPermits(0).build();
        time.advance(MINUTE.multipliedBy(2));
        assertEquals(14, bucket.drain());
        time.advance(MINUTE.multipliedBy(5));
        assertEquals(20, bucket.drain());
    }

    /** A wall clock that goes as the bucket's clock does, but for what a test adds. */
    private final class Wall extends Clock {
        private final ZoneId zone;
        private Instant start;
        private final long startNanos = time.nanoTime();

        Wall(String start, ZoneId zone) {
            this.start = Instant.parse(start);
            this.zone = zone;
        }

        void set(Duration change) {
            start = start.plus(change);
        }

        @Override
        public ZoneId getZone() {
            return zone;
        }

        @Override
        public Clock withZone(ZoneId other) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Instant instant() {
            return start.plusNanos(time.nanoTime() - startNanos);
        }
    }

    @Test
    void periods_are_aligned_to_the_wall_clock_of_its_zone() {
        Clock wall = new Wall("2026-03-01T22:59:58.5Z", ZoneOffset.ofHours(1));
        IntervalBucket day =
                builder(Rate.of(5, Duration.ofDays(1))).alignedTo(wall).build();
        IntervalBucket minute = builder(Rate.perMinute(5)).alignedTo(wall).build();
        day.drain();
        minute.drain();
        assertEquals(Duration.ofMillis(1_500), minute.peek(1).retryAfter());
        time.advance(Duration.ofMillis(1_500).minusNanos(1));
        assertEquals(0, day.drain() + minute.drain());
        time.advance(Duration.ofNanos(1));
        assertEquals(10, day.drain() + minute.drain(), "it is midnight there");
        time.advance(Duration.ofDays(1).minusNanos(1));
        assertEquals(0, day.drain());
        time.advance(Duration.ofNanos(1));
        assertEquals(5, day.drain());
        assertThrows(
                NullPointerException.class, () -> builder(Rate.perMinute(1)).alignedTo(null));
        ZoneId.getAvailableZoneIds().stream()
                .limit(50)
                .forEach(zone -> builder(Rate.of(1, Duration.ofDays(13_000)))
                        .alignedTo(Clock.fixed(Instant.parse("9999-12-31T23:59:59.999999999Z"), ZoneId.of(zone)))
                        .build()
                        .peek(1));
    }

    /** Compare ltratt/pizauth#48: the monotonic clock stands still while the machine is suspended. */
    @Test
    void a_daily_quota_comes_at_midnight_also_after_the_machine_was_suspended() throws Exception {
        Wall wall = new Wall("2025-03-01T20:00:00Z", ZoneOffset.UTC);
        IntervalBucket bucket =
                builder(Rate.perDay(100)).alignedTo(wall).initialPermits(0).build();
        FutureTask<Void> waiting = new FutureTask<>(bucket::acquireUninterruptibly, null);
        Thread.ofVirtual().start(waiting);
        time.awaitWaiters(1);
        wall.set(Duration.ofHours(10));
        time.advance(MINUTE); // those that wait look at the wall clock
        waiting.get();
        assertEquals(99, bucket.drain());
        assertEquals(Duration.ofHours(18).minus(MINUTE), bucket.peek(1).retryAfter());
    }

    @Test
    void a_day_of_summer_time_is_as_long_as_it_is() {
        Wall wall = new Wall("2026-03-28T23:00:00Z", ZoneId.of("Europe/Berlin")); // midnight
        IntervalBucket bucket =
                builder(Rate.perDay(5)).alignedTo(wall).initialPermits(0).build();
        assertEquals(Duration.ofHours(23), bucket.peek(1).retryAfter());
        time.advance(Duration.ofHours(23).minusNanos(1));
        assertEquals(0, bucket.drain());
        time.advance(Duration.ofNanos(1));
        assertEquals(5, bucket.drain());
        assertEquals(Duration.ofHours(24), bucket.peek(1).retryAfter());
    }

    @Test
    void a_minute_comes_each_minute_also_when_summer_time_ends() {
        // a minute before 3:00, then 2:00 again
        Wall wall = new Wall("2026-10-25T00:59:00Z", ZoneId.of("Europe/Berlin"));
        IntervalBucket bucket =
                builder(Rate.perMinute(5)).alignedTo(wall).initialPermits(0).build();
        int admitted = 0;
        for (int i = 0; i < 10; i++) {
            time.advance(MINUTE);
            admitted += (int) bucket.drain();
        }
        assertTrue(admitted == 45 || admitted == 50, admitted + " of 50");
    }

    @Test
    void a_wall_clock_that_is_set_back_gives_nothing_twice() {
        Wall wall = new Wall("2026-03-01T10:00:00Z", ZoneOffset.UTC);
        IntervalBucket bucket = builder(Rate.perMinute(5)).alignedTo(wall).build();
        bucket.drain();
        wall.set(Duration.ofMillis(-5));
        assertEquals(0, bucket.drain());
        wall.set(Duration.ofMillis(5));
        assertEquals(0, bucket.drain(), "the minute was there before");
        wall.set(Duration.ofHours(-3));
        assertEquals(0, bucket.drain());
        time.advance(MINUTE);
        assertEquals(5, bucket.drain(), "and goes on from where it is");
    }

    @Test
    void waiting_ends_with_the_period() throws Exception {
        IntervalBucket bucket =
                builder(Rate.perMinute(2).withBurst(6)).initialPermits(0).build();
        time.advance(Duration.ofSeconds(10));
        assertEquals(new Decision(false, 0, Duration.ofSeconds(50), Duration.ofSeconds(170)), bucket.check());
        assertFalse(bucket.tryAcquire(3, Duration.ofSeconds(110).minusNanos(1)), "refused at once");
        FutureTask<Boolean> waiting = new FutureTask<>(() -> bucket.tryAcquire(3, Duration.ofSeconds(110)));
        Thread.ofVirtual().start(waiting);
        time.awaitWaiters(1);
        Reservation behind = bucket.reserve(2);
        assertEquals(Duration.ofSeconds(170), behind.delay());
        time.advance(Duration.ofSeconds(110));
        assertTrue(waiting.get());
        assertEquals(Duration.ofSeconds(60), behind.delay());
        time.advance(Duration.ofSeconds(60));
        assertTrue(behind.isGranted());
        assertEquals(1, bucket.drain());
    }

    @Test
    void replacing_the_rate_keeps_the_permits_and_begins_a_period() {
        IntervalBucket bucket = builder(Rate.perMinute(10)).initialPermits(3).build();
        time.advance(Duration.ofSeconds(30));
        bucket.replaceRate(Rate.of(2, MINUTE).withBurst(10));
        assertEquals(3, bucket.drain());
        time.advance(MINUTE.minusNanos(1));
        assertEquals(0, bucket.drain());
        time.advance(Duration.ofNanos(1));
        assertEquals(2, bucket.drain());
    }

    /** Compare thingsboard/tbmq#355. */
    @Test
    void setting_the_same_rate_again_changes_nothing() {
        Rate rate = Rate.perHour(100);
        IntervalBucket bucket = builder(rate).initialPermits(0).build();
        int granted = 0;
        for (int i = 0; i < 48; i++) {
            time.advance(Duration.ofMinutes(30));
            bucket.replaceRate(Rate.perHour(100));
            granted += (int) bucket.drain();
        }
        assertEquals(2_400, granted);
    }

    @Test
    void never_more_than_the_bound_in_any_window() {
        long seed = System.nanoTime();
        System.out.println("IntervalBucketTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            long period = 1 + random.nextLong(1L << random.nextInt(1, 40));
            Rate rate =
                    Rate.of(1 + random.nextInt(20), Duration.ofNanos(period)).withBurst(1 + random.nextInt(50));
            IntervalBucket bucket = builder(rate).build();
            long[] at = new long[200];
            long[] sum = new long[201];
            for (int i = 0; i < at.length; i++) {
                time.advance(Duration.ofNanos(random.nextLong(period)));
                at[i] = time.nanoTime();
                sum[i + 1] = sum[i] + bucket.tryAcquireUpTo(1 + random.nextInt(30));
            }
            for (int from = 0; from < at.length; from++) {
                for (int to = from; to < at.length; to++) {
                    long bound = rate.burst() + rate.permits() * (1 + (at[to] - at[from]) / period);
                    assertTrue(sum[to + 1] - sum[from] <= bound, "seed " + seed + ", round " + round);
                }
            }
        }
    }

    @Test
    void a_period_that_ends_while_the_wait_is_computed_is_not_waited_for_again() throws Exception {
        ScriptedTime ticking = new ScriptedTime();
        IntervalBucket bucket = IntervalBucket.builder(Rate.of(1, MINUTE))
                .initialPermits(0)
                .timeSource(ticking)
                .build();
        ticking.manual.advance(MINUTE.minusNanos(1));
        ticking.inReading(1, () -> ticking.manual.advance(Duration.ofNanos(1)));
        assertEquals(Duration.ofNanos(1), bucket.peek(1).retryAfter());
    }

    /** At the end of the period the head wakes second, and the other one's time is up. */
    @Test
    void who_waits_until_the_permits_come_gets_one_also_if_the_head_has_not_woken_yet() throws Exception {
        IntervalBucket bucket = builder(Rate.perMinute(2)).initialPermits(0).build();
        Thread head = Thread.ofVirtual().start(bucket::acquireUninterruptibly);
        time.awaitWaiters(1);
        FutureTask<Boolean> second = new FutureTask<>(() -> bucket.tryAcquire(1, MINUTE));
        Thread.ofVirtual().start(second);
        time.awaitWaiters(2);
        head.interrupt(); // and so it waits anew, and on the clock behind the other one
        while (head.isInterrupted()) {
            Thread.onSpinWait();
        }
        time.awaitWaiters(2);
        time.advance(MINUTE);
        assertTrue(second.get());
        head.join();
        assertEquals(0, bucket.metrics().waiters());
        assertEquals(0, bucket.drain());
    }

    /** A thread that is delayed after its look at the wall clock, while another one sees a later time. */
    private final class DelayedWall extends Clock {
        private Runnable meanwhile = () -> {};
        private Instant now = Instant.parse("2026-01-01T00:00:00.150Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId other) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Instant instant() {
            Instant read = now;
            Runnable action = meanwhile;
            meanwhile = () -> {};
            action.run();
            return read;
        }
    }

    @Test
    void a_delayed_look_at_the_wall_clock_mints_nothing() {
        for (long periodMillis : new long[] {50, 100, 1_000}) {
            DelayedWall wall = new DelayedWall();
            IntervalBucket bucket = IntervalBucket.builder(Rate.of(10, Duration.ofMillis(periodMillis)))
                    .timeSource(time)
                    .alignedTo(wall)
                    .build();
            assertEquals(10, bucket.drain());
            long[] admitted = {0};
            wall.meanwhile = () -> {
                wall.now = wall.now.plusMillis(2 * periodMillis);
                admitted[0] = bucket.drain();
            };
            long delayed = bucket.drain();
            long next = bucket.drain();
            assertEquals(10, admitted[0] + delayed + next, "periods of " + periodMillis + " ms");
        }
    }
}
