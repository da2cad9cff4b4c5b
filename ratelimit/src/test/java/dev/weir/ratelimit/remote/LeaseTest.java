package dev.weir.ratelimit.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.ScriptedTime;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Permits that are fetched in advance. */
@Timeout(60)
class LeaseTest {
    private static final Duration TTL = Duration.ofMillis(100);

    /** Ten grow in the time of a lease, so the bucket has a burst of 40. */
    private static final Rate RATE = Rate.perSecond(100).withBurst(50);

    private final ManualTimeSource time = new ManualTimeSource();
    private final MemoryBuckets buckets = new MemoryBuckets(time);
    private final RemoteRateLimiter limiter = limiter(20);

    private RemoteRateLimiter limiter(long permits) {
        return RemoteRateLimiter.builder(buckets, "key", RATE)
                .timeSource(time)
                .lease(Lease.upTo(permits, TTL))
                .build();
    }

    /** A limiter of another process, without a lease, but with the same bucket. */
    private RemoteRateLimiter other() {
        return RemoteRateLimiter.builder(buckets, "key", RATE.withBurst(40))
                .timeSource(time)
                .build();
    }

    private static void millis(ManualTimeSource time, long millis) {
        time.advance(Duration.ofMillis(millis));
    }

    @Test
    void one_trip_fetches_permits_for_the_requests_to_come() {
        for (int i = 0; i < 21; i++) {
            assertTrue(limiter.tryAcquire());
        }
        assertEquals(List.of("take[1]+20"), buckets.calls());
        assertEquals(19, buckets.available("key"));
        assertTrue(limiter.tryAcquire(5));
        assertEquals(List.of("take[1]+20", "take[5]+20"), buckets.calls());
    }

    @Test
    void permits_are_void_when_their_time_is_over_from_when_they_were_asked_for() throws Exception {
        buckets.hold();
        Call<Boolean> call = Call.thatWaits(limiter::tryAcquire);
        time.awaitWaiters(1);
        millis(time, 60);
        buckets.answer();
        buckets.release();
        assertTrue(call.result());
        millis(time, 39);
        assertTrue(limiter.tryAcquire());
        assertEquals(1, buckets.calls().size());
        millis(time, 1);
        assertTrue(limiter.tryAcquire());
        assertEquals(2, buckets.calls().size(), "what was left is lost");
    }

    @Test
    void an_answer_that_comes_after_the_time_of_its_permits_brings_none_in_advance() throws Exception {
        buckets.hold();
        Call<Boolean> call = Call.thatWaits(limiter::tryAcquire);
        time.awaitWaiters(1);
        millis(time, 100);
        buckets.answer();
        buckets.release();
        assertTrue(call.result(), "a plain decision");
        assertTrue(limiter.tryAcquire());
        assertEquals(2, buckets.calls().size());
    }

    @Test
    void the_bucket_in_the_store_has_a_burst_that_is_smaller_by_what_grows_meanwhile() {
        assertEquals(40, limiter.drain());
        assertEquals(RATE, limiter.rate());
        String message = assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire(41))
                .getMessage();
        assertEquals(
                "permits must be from 0 to the burst of 50, less what grows while a lease is good, which is 40,"
                        + " but is 41",
                message);
        limiter.replaceRate(RATE.withBurst(60));
        assertEquals(RATE.withBurst(60), limiter.rate());
        limiter.peek(); // which tells the store
        millis(time, 10_000);
        assertEquals(50, limiter.drain());
    }

    @Test
    void a_burst_that_is_too_small_is_refused_with_its_numbers() {
        RemoteRateLimiter.Builder builder = RemoteRateLimiter.builder(buckets, "key", RATE.withBurst(11));
        builder.lease(Lease.upTo(1, TTL));
        Lease longer = Lease.upTo(1, TTL.plusNanos(1));
        String message = assertThrows(IllegalArgumentException.class, () -> builder.lease(longer))
                .getMessage();
        assertEquals(
                "rate must have a burst of more than the 11 permits that grow while a lease is good, which is"
                        + " PT0.100000001S, but is Rate[permits=100, period=PT1S, burst=11]",
                message);
        assertThrows(IllegalArgumentException.class, () -> limiter.replaceRate(RATE.withBurst(10)));
        assertThrows(
                IllegalArgumentException.class,
                () -> KeyedRemoteRateLimiter.builder(buckets, RATE.withBurst(10))
                        .lease(Lease.upTo(1, TTL)));
        assertThrows(IllegalArgumentException.class, () -> Lease.upTo(0, TTL));
        assertThrows(IllegalArgumentException.class, () -> Lease.upTo(1, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> Lease.upTo(1, Duration.ofDays(2)));
        assertThrows(NullPointerException.class, () -> Lease.upTo(1, null));
        assertEquals("Lease[up to 20 permits for PT0.1S]", Lease.upTo(20, TTL).toString());
        assertTrue(builder.toString().endsWith(", Lease[up to 1 permits for PT0.1S]]"), builder.toString());
    }

    @Test
    void numbers_of_any_size_do_not_overflow() {
        Rate huge = new Rate(1L << 59, Duration.ofNanos(1L << 50), 1L << 55); // 512 per nanosecond
        Lease shortest = Lease.upTo(Long.MAX_VALUE, Duration.ofNanos(1));
        assertEquals((1L << 55) - 512, shortest.inStore(huge).burst());
        Lease longest = Lease.upTo(1, Duration.ofDays(1));
        assertThrows(IllegalArgumentException.class, () -> longest.inStore(huge));
    }

    @Test
    void what_the_store_refuses_is_refused_here_until_it_can_be_there() {
        assertEquals(40, limiter.drain());
        assertFalse(limiter.tryAcquire());
        int trips = buckets.calls().size();
        Decision refused = limiter.check();
        assertFalse(refused.admitted());
        assertEquals(
                Duration.ofNanos(12_500_000), refused.retryAfter(), "an eighth of the time, as a permit is quicker");
        for (int i = 0; i < 100; i++) {
            assertFalse(limiter.tryAcquire(1 + i % 3));
        }
        assertEquals(trips, buckets.calls().size());
        time.advance(refused.retryAfter());
        assertTrue(limiter.tryAcquire());
    }

    @Test
    void a_refusal_of_many_does_not_refuse_fewer_and_takes_nothing_away_in_advance() {
        assertTrue(other().tryAcquire(32));
        assertFalse(limiter.tryAcquire(10));
        assertEquals(8, buckets.available("key"));
        assertFalse(limiter.tryAcquire(11));
        assertEquals(2, buckets.calls().size());
        assertTrue(limiter.tryAcquire(3));
        assertEquals(0, buckets.available("key"), "and the others in advance");
        assertEquals(5, limiter.peek().remaining());
        millis(time, 20);
        assertFalse(limiter.tryAcquire(10), "one that is asked over and over starves itself of nothing");
        assertTrue(limiter.tryAcquire(5));
    }

    @Test
    void a_refund_makes_the_store_be_asked_again() {
        assertEquals(40, limiter.drain());
        assertFalse(limiter.tryAcquire());
        limiter.refund(2);
        assertTrue(limiter.tryAcquire(2));
    }

    @Test
    void a_refund_goes_to_what_was_fetched_as_far_as_there_is_room() {
        assertTrue(limiter.tryAcquire(3)); // and 20 in advance
        assertTrue(limiter.tryAcquire(5));
        limiter.refund(5);
        assertEquals(List.of("take[3]+20"), buckets.calls());
        limiter.refund(3);
        assertEquals(List.of("take[3]+20", "refund[3]"), buckets.calls());
        assertEquals(20, buckets.available("key"));
        millis(time, 100);
        limiter.refund(5);
        assertEquals(List.of("take[3]+20", "refund[3]", "refund[5]"), buckets.calls(), "they are void here");
    }

    @Test
    void a_charge_takes_first_what_was_fetched() {
        assertTrue(limiter.tryAcquire());
        limiter.charge(15);
        assertEquals(List.of("take[1]+20"), buckets.calls());
        limiter.charge(10);
        assertEquals(List.of("take[1]+20", "charge[5]"), buckets.calls());
        assertEquals(14, buckets.available("key"));
    }

    @Test
    void up_to_takes_what_was_fetched_and_the_rest_from_the_store() {
        assertTrue(limiter.tryAcquire());
        assertEquals(15, limiter.tryAcquireUpTo(15));
        assertEquals(1, buckets.calls().size());
        assertEquals(24, limiter.tryAcquireUpTo(1_000));
        assertEquals("upTo[995]", buckets.calls().get(1));
    }

    @Test
    void those_who_can_wait_are_served_without_a_trip_too() throws Exception {
        limiter.acquire();
        limiter.acquire(2);
        limiter.acquireUninterruptibly();
        assertTrue(limiter.tryAcquire(TTL));
        assertTrue(limiter.acquireAsync(3).isDone());
        assertTrue(limiter.reserve(2).isGranted());
        assertEquals(List.of("line[1]+20"), buckets.calls());
        assertEquals(11, limiter.peek().remaining() - buckets.available("key"));
    }

    @Test
    void a_waiter_is_served_by_the_store_when_nothing_is_left() throws Exception {
        assertEquals(40, limiter.drain());
        CompletableFuture<?> future = limiter.acquireAsync(2);
        assertFalse(limiter.tryAcquire(), "nobody overtakes");
        millis(time, 19);
        assertFalse(future.isDone());
        millis(time, 1);
        future.join();
    }

    @Test
    void those_that_came_while_a_trip_was_under_way_are_served_by_what_it_brings() throws Exception {
        buckets.hold();
        List<CompletableFuture<?>> futures = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            futures.add(limiter.acquireAsync());
        }
        buckets.answer();
        buckets.release();
        futures.forEach(CompletableFuture::join);
        assertEquals(List.of("line[1]+20"), buckets.calls());
        buckets.hold();
        List<Call<Boolean>> calls = new ArrayList<>();
        millis(time, 100);
        for (int i = 0; i < 12; i++) {
            calls.add(Call.thatWaits(limiter::tryAcquire));
        }
        buckets.answer();
        buckets.release();
        for (Call<Boolean> call : calls) {
            assertTrue(call.result());
        }
        assertEquals(List.of("line[1]+20", "take[1]+20"), buckets.calls());
    }

    @Test
    void permits_that_a_cancelled_request_was_given_go_on_to_the_next() throws Exception {
        limiter.acquire();
        assertTrue(limiter.reserve(20).cancel());
        assertTrue(limiter.tryAcquire(20));
        assertEquals(1, buckets.calls().size());
    }

    @Test
    void what_was_fetched_is_served_during_an_outage_and_then_the_policy_answers() throws Exception {
        assertTrue(limiter.tryAcquire());
        buckets.fail(new IllegalStateException("connection refused"));
        assertTrue(limiter.tryAcquire(20));
        assertFalse(limiter.tryAcquire());
        assertTrue(limiter.remoteMetrics().unavailable());
    }

    @Test
    void an_answer_that_comes_too_late_gives_back_what_it_fetched() throws Exception {
        buckets.hold();
        Call<Boolean> call = Call.thatWaits(limiter::tryAcquire);
        time.awaitWaiters(1);
        millis(time, 500);
        assertFalse(call.result());
        buckets.answer();
        buckets.release();
        assertEquals(21, limiter.remoteMetrics().refundedLate());
        assertEquals(40, buckets.available("key"));
    }

    @Test
    void a_key_keeps_what_it_has_fetched_while_that_is_good() throws Exception {
        KeyedRemoteRateLimiter keyed = KeyedRemoteRateLimiter.builder(buckets, RATE)
                .timeSource(time)
                .lease(Lease.upTo(20, TTL))
                .build();
        assertTrue(keyed.forKey("leased").tryAcquire());
        keyed.forKey("other");
        Call.until(() -> {
            System.gc();
            return keyed.toString().endsWith(" 1 keys in use]");
        });
        assertTrue(keyed.forKey("leased").tryAcquire(20));
        assertEquals(1, buckets.calls().size());
        time.advance(Duration.ofSeconds(1));
        Call.until(() -> {
            System.gc();
            return keyed.toString().endsWith(" 0 keys in use]");
        });
    }

    /** Which is why the burst in the store is smaller. */
    @Test
    void permits_that_are_used_late_meet_those_that_have_grown_meanwhile() {
        RemoteRateLimiter second = limiter(20);
        assertTrue(limiter.tryAcquire()); // and 20 in advance
        assertTrue(second.tryAcquire()); // and the 18 that are left
        millis(time, 99);
        assertEquals(20, limiter.tryAcquireUpTo(20));
        assertEquals(18, second.tryAcquireUpTo(18));
        assertTrue(other().tryAcquire(9), "47 at once, of 40 in the store and a burst of 50");
    }

    /** By steps of a third of a lease, with requests of one to three permits, and permits that come back. */
    @Test
    void no_window_of_a_fleet_admits_more_than_the_burst_and_what_has_grown() {
        long seed = System.nanoTime();
        System.out.println("no_window_of_a_fleet_admits_more seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            ManualTimeSource clock = new ManualTimeSource();
            MemoryBuckets store = new MemoryBuckets(clock);
            List<RemoteRateLimiter> fleet = new ArrayList<>();
            for (int node = 0; node < 4; node++) {
                fleet.add(RemoteRateLimiter.builder(store, "key", RATE)
                        .timeSource(clock)
                        .lease(Lease.upTo(1 + random.nextInt(20), TTL))
                        .build());
            }
            List<long[]> admissions = new ArrayList<>();
            for (int step = 0; step < 400; step++) {
                clock.advance(Duration.ofNanos(random.nextLong(random.nextInt(20) == 0 ? 400_000_000 : 15_000_000)));
                long wanted = 1 + random.nextInt(3);
                RemoteRateLimiter node = fleet.get(random.nextInt(4));
                for (int burst = random.nextInt(30); burst >= 0 && node.tryAcquire(wanted); burst--) {
                    admissions.add(new long[] {clock.nanoTime(), wanted});
                }
            }
            for (int from = 0; from < admissions.size(); from++) {
                long sum = 0;
                for (int to = from; to < admissions.size(); to++) {
                    sum += admissions.get(to)[1];
                    long window = admissions.get(to)[0] - admissions.get(from)[0];
                    long over = sum * 10_000_000 - window; // a permit grows in 10 ms
                    assertTrue(over <= 50 * 10_000_000L, sum + " in " + window + " ns, seed " + seed);
                }
            }
        }
    }

    /** A refund looks whether somebody waits, and then gives back: who begins to wait in between must not miss it. */
    @Test
    void a_refund_reaches_a_caller_that_begins_to_wait_meanwhile() throws Exception {
        ScriptedTime clock = new ScriptedTime(time);
        RemoteRateLimiter its = RemoteRateLimiter.builder(buckets, "key", RATE)
                .timeSource(clock)
                .lease(Lease.upTo(20, TTL))
                .build();
        assertTrue(its.tryAcquire());
        assertTrue(its.tryAcquire(20));
        other().drain();
        AtomicReference<Call<Boolean>> waits = new AtomicReference<>();
        clock.inReading(1, () -> waits.set(Call.thatWaits(() -> its.tryAcquire(5, Duration.ofHours(1)))));
        its.refund(20);
        Call.until(() -> waits.get().isDone()); // though the clock stands still
        assertTrue(waits.get().result());
    }
}
