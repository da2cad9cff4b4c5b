package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An estimate is taken, and settled to the real cost. */
class SettlementTest {
    private static final Rate TEN_A_SECOND = Rate.perSecond(10);

    private final ManualTimeSource time = new ManualTimeSource();

    private RateLimiter bucket(Rate rate) {
        return TokenBucket.builder(rate).timeSource(time).build();
    }

    /** Each kind of limiter, full, with its clock. */
    record Kind(String name, ManualTimeSource time, RateLimiter limiter) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Kind> kinds() {
        ManualTimeSource one = new ManualTimeSource();
        ManualTimeSource two = new ManualTimeSource();
        ManualTimeSource three = new ManualTimeSource();
        RateLimiter warm = WarmUpLimiter.builder(TEN_A_SECOND, Duration.ofSeconds(1))
                .timeSource(two)
                .build();
        two.advance(Duration.ofMinutes(1));
        return Stream.of(
                new Kind(
                        "token bucket",
                        one,
                        TokenBucket.builder(TEN_A_SECOND).timeSource(one).build()),
                new Kind("warm-up", two, warm),
                new Kind(
                        "interval",
                        three,
                        IntervalBucket.builder(TEN_A_SECOND).timeSource(three).build()));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void what_was_too_much_comes_back_at_once(Kind kind) throws Exception {
        try (Settlement settlement = kind.limiter.acquireEstimate(8)) {
            assertEquals(8, settlement.estimate());
            assertEquals(2, kind.limiter.peek().remaining());
            assertTrue(settlement.settle(3));
        }
        assertEquals(7, kind.limiter.drain());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void what_was_too_little_becomes_a_debt_that_the_next_waits_off(Kind kind) throws Exception {
        Settlement.of(kind.limiter, kind.limiter.drain()).settle(10 + 40);
        assertEquals(0, kind.limiter.peek().remaining());
        Decision refused = kind.limiter.check();
        assertFalse(refused.admitted());
        assertTrue(refused.retryAfter().compareTo(Duration.ofSeconds(4)) > 0, () -> "" + refused);
        kind.time.advance(refused.retryAfter().minusNanos(1));
        assertFalse(kind.limiter.tryAcquire());
        kind.time.advance(Duration.ofNanos(1));
        assertTrue(kind.limiter.tryAcquire());
    }

    @Test
    void a_debt_is_exact_and_is_paid_by_refunds_as_well_as_by_time() {
        RateLimiter limiter = bucket(TEN_A_SECOND);
        limiter.charge(25);
        assertEquals(Duration.ofMillis(1_600), limiter.peek().retryAfter());
        limiter.refund(15);
        assertEquals(Duration.ofMillis(100), limiter.peek().retryAfter());
        limiter.refund(100);
        assertEquals(10, limiter.drain(), "the burst is never exceeded");
    }

    @Test
    void a_settlement_counts_once_and_one_that_is_closed_has_cost_its_estimate() throws Exception {
        RateLimiter limiter = bucket(TEN_A_SECOND);
        Settlement settlement = limiter.acquireEstimate(5);
        assertEquals("Settlement[estimate of 5 permits, open]", settlement.toString());
        assertTrue(settlement.settle(1));
        assertFalse(settlement.settle(0));
        settlement.close();
        assertEquals(9, limiter.peek().remaining());
        assertEquals("Settlement[estimate of 5 permits, settled]", settlement.toString());
        assertThrows(IllegalStateException.class, () -> {
            try (Settlement crashed = limiter.acquireEstimate(4)) {
                throw new IllegalStateException("after " + crashed);
            }
        });
        assertEquals(5, limiter.drain());
    }

    @Test
    void a_cancelled_or_interrupted_wait_for_an_estimate_has_taken_nothing() throws Exception {
        RateLimiter limiter = bucket(TEN_A_SECOND);
        limiter.drain();
        CompletableFuture<Settlement> waiting = limiter.acquireAsync(5).thenApply(none -> Settlement.of(limiter, 5));
        assertFalse(waiting.isDone());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> limiter.acquireEstimate(1));
        Reservation reservation = limiter.reserve(2);
        assertTrue(reservation.cancel());
        time.advance(Duration.ofMillis(500));
        waiting.get().settle(0);
        assertEquals(5, limiter.drain());
    }

    @Test
    void those_who_wait_keep_their_places_and_wait_the_debt_off() {
        RateLimiter limiter = bucket(TEN_A_SECOND);
        limiter.drain();
        Reservation first = limiter.reserve(1);
        Reservation second = limiter.reserve(1);
        limiter.charge(10);
        assertEquals(Duration.ofMillis(1_100), first.delay());
        time.advance(Duration.ofMillis(1_100).minusNanos(1));
        assertFalse(first.isGranted());
        time.advance(Duration.ofNanos(1));
        assertTrue(first.isGranted());
        assertFalse(second.isGranted());
        time.advance(Duration.ofMillis(100));
        assertTrue(second.isGranted());
    }

    @Test
    void a_debt_is_kept_when_the_rate_is_replaced_and_by_a_key_whose_rate_changes() {
        RateLimiter limiter = bucket(TEN_A_SECOND);
        limiter.charge(20);
        limiter.replaceRate(Rate.perSecond(5).withBurst(3));
        assertEquals(Duration.ofMillis(11 * 200), limiter.peek().retryAfter());
        Rate[] rate = {Rate.perSecond(10)};
        KeyedRateLimiter<String> keyed = KeyedRateLimiter.<String>builder(Rate.perSecond(1))
                .ratePerKey(key -> rate[0])
                .timeSource(time)
                .build();
        keyed.charge("a", 20);
        rate[0] = Rate.perSecond(5).withBurst(3);
        Decision refused = keyed.check("a");
        assertEquals(Duration.ofMillis(11 * 200), refused.retryAfter());
        assertEquals(0, keyed.evictFull(), "a key in debt is not forgotten");
    }

    @Test
    void the_largest_debt_is_some_years_and_a_rate_of_any_size_bears_it() {
        for (Rate rate : List.of(
                TEN_A_SECOND,
                Rate.of(1, Duration.ofDays(365)),
                Rate.of(1_000, Duration.ofNanos(1)),
                Rate.of(1L << 60, Duration.ofNanos(1L << 60)),
                new Rate(1, Duration.ofSeconds(1), 1L << 60))) {
            RateLimiter limiter = bucket(rate);
            limiter.charge(Long.MAX_VALUE);
            limiter.charge(Long.MAX_VALUE);
            Duration wait = limiter.peek().retryAfter();
            assertTrue(wait.compareTo(Duration.ofDays(6)) > 0, rate + ": " + wait);
            assertFalse(limiter.tryAcquire());
            limiter.refund(Long.MAX_VALUE);
            assertTrue(limiter.tryAcquire(), rate::toString);
        }
        RateLimiter limiter = bucket(Rate.perSecond(1_000_000_000));
        limiter.charge(Long.MAX_VALUE);
        assertTrue(limiter.peek().retryAfter().compareTo(Duration.ofDays(9 * 365)) > 0);
    }

    @Test
    void a_charge_counts_as_admitted_and_bad_numbers_are_refused() {
        RateLimiter limiter = TokenBucket.builder(TEN_A_SECOND).timeSource(time).build();
        limiter.charge(0);
        limiter.charge(12);
        assertEquals(12, limiter.metrics().admitted());
        assertThrows(IllegalArgumentException.class, () -> limiter.charge(-1));
        assertThrows(IllegalArgumentException.class, () -> Settlement.of(limiter, -1));
        assertThrows(
                IllegalArgumentException.class, () -> Settlement.of(limiter, 1).settle(-1));
        assertThrows(IllegalArgumentException.class, () -> limiter.acquireEstimate(11));
    }

    /** A new one, and three in which what the bucket lacked was once rounded up. */
    static LongStream seeds() {
        return LongStream.of(System.nanoTime(), 53_889_995_913_873L, 54_423_431_349_401L, 54_425_559_120_093L);
    }

    /**
     * An estimate counts from when it is taken, a debt from when it is settled, what comes back from when it was taken
     * not at all.
     */
    @ParameterizedTest
    @MethodSource("seeds")
    void no_window_that_ends_with_an_admission_costs_more_than_stated(long seed) throws Exception {
        System.out.println("no_window_that_ends_with_an_admission seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            long permits = 1 + random.nextInt(1_000);
            long nanos = 1 + random.nextInt(100_000);
            long burst = 1 + random.nextInt(20);
            RateLimiter limiter = bucket(new Rate(permits, Duration.ofNanos(nanos), burst));
            List<long[]> costs = new ArrayList<>(); // {time, cost, admitted}
            List<Settlement> open = new ArrayList<>();
            List<long[]> ofOpen = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                time.advance(Duration.ofNanos(random.nextLong(2 * burst * nanos / permits + 2)));
                long n = 1 + random.nextLong(burst);
                if (random.nextInt(50) == 0) {
                    limiter.replaceRate(limiter.rate()); // an equal one
                }
                if (random.nextInt(20) == 0) {
                    limiter.pauseFor(Duration.ofNanos(random.nextLong(burst * nanos / permits + 2)));
                }
                if (limiter.tryAcquire(n)) {
                    long[] admission = {time.nanoTime(), n, 1};
                    costs.add(admission);
                    if (random.nextInt(4) != 0) { // else it is taken for good
                        open.add(Settlement.of(limiter, n));
                        ofOpen.add(admission);
                    }
                }
                if (!open.isEmpty() && random.nextBoolean()) {
                    int which = random.nextInt(open.size());
                    long cost = random.nextLong(2 * burst);
                    long estimate = ofOpen.get(which)[1];
                    open.remove(which).settle(cost);
                    if (cost > estimate) {
                        costs.add(new long[] {time.nanoTime(), cost - estimate, 0});
                    }
                    ofOpen.remove(which)[1] = Math.min(cost, estimate);
                }
            }
            for (int from = 0; from < costs.size(); from++) {
                long sum = 0;
                for (int to = from; to < costs.size(); to++) {
                    sum += costs.get(to)[1];
                    long window = costs.get(to)[0] - costs.get(from)[0];
                    if (costs.get(to)[2] == 1) {
                        assertTrue(
                                (sum - burst) * nanos <= permits * window,
                                sum + " in " + window + " ns, " + limiter + ", seed " + seed);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void what_has_grown_again_does_not_come_back_twice(Kind kind) throws Exception {
        Settlement settlement = kind.limiter.acquireEstimate(8);
        kind.time.advance(Duration.ofMinutes(1));
        assertTrue(kind.limiter.tryAcquire(10));
        assertTrue(settlement.settle(0));
        assertEquals(0, kind.limiter.drain(), "the bucket would have been full without the estimate, too");
    }

    @Test
    void an_estimate_comes_back_whole_though_it_lasts_as_long_as_the_bucket_is_in_use() throws Exception {
        RateLimiter limiter = bucket(TEN_A_SECOND);
        Settlement first = limiter.acquireEstimate(5);
        Settlement second = limiter.acquireEstimate(3);
        limiter.acquireEstimate(2).close();
        for (int i = 0; i < 100; i++) {
            time.advance(Duration.ofMillis(200));
            limiter.acquireEstimate(2).close();
        }
        assertTrue(first.settle(0));
        assertEquals(5, limiter.peek().remaining());
        assertTrue(second.settle(1));
        assertEquals(7, limiter.drain());
    }

    @Test
    void an_estimate_may_come_back_when_the_rate_has_been_replaced() throws Exception {
        RateLimiter limiter = bucket(TEN_A_SECOND);
        Settlement estimate = limiter.acquireEstimate(6);
        limiter.replaceRate(Rate.perMinute(1_000_003));
        estimate.settle(1);
        assertEquals(9, limiter.drain());
        Settlement larger = Settlement.of(limiter, 5);
        limiter.replaceRate(Rate.perSecond(3).withBurst(3));
        larger.settle(0);
        assertEquals(3, limiter.drain());
    }

    @Test
    void an_estimate_that_waited_counts_from_when_it_was_granted() throws Exception {
        RateLimiter limiter = bucket(TEN_A_SECOND);
        limiter.drain();
        CompletableFuture<Settlement> granted = new CompletableFuture<>();
        Thread waiter = Thread.ofPlatform().start(() -> {
            try {
                granted.complete(limiter.acquireEstimate(5));
            } catch (Throwable failure) {
                granted.completeExceptionally(failure);
            }
        });
        time.awaitWaiters(1);
        time.advance(Duration.ofMillis(500));
        granted.get().settle(1);
        assertEquals(4, limiter.drain());
        waiter.join();
    }

    @Test
    void an_estimate_of_which_nothing_may_come_back_is_kept_nowhere() {
        OpenEstimates open = new OpenEstimates();
        WeakReference<OpenEstimates.Entry> nothing = new WeakReference<>(open.add(0));
        WeakReference<OpenEstimates.Entry> small = new WeakReference<>(open.add(1));
        open.rescale(1, 0);
        for (int i = 0; i < 100 && !(nothing.refersTo(null) && small.refersTo(null)); i++) {
            System.gc();
        }
        assertTrue(nothing.refersTo(null), "an estimate of 0 is kept");
        assertTrue(small.refersTo(null), "an estimate that became 0 is kept");
        Reference.reachabilityFence(open);
    }

    /** A refund that has looked before there were estimates. */
    @Test
    void a_refund_that_meets_the_first_estimate_is_not_overlooked() throws Exception {
        ScriptedTime scripted = new ScriptedTime();
        TokenBucket bucket =
                TokenBucket.builder(TEN_A_SECOND).timeSource(scripted).build();
        assertTrue(bucket.tryAcquire(5));
        Settlement[] first = new Settlement[1];
        scripted.inReading(1, () -> first[0] = Call.uninterrupted(() -> bucket.acquireEstimate(5)));
        bucket.refund(10);
        assertEquals(10, bucket.drain(), "the bucket is full");
        first[0].settle(0);
        assertEquals(0, bucket.drain(), "the bucket would have been full without the estimate, too");
    }

    @Test
    void estimates_that_become_larger_units_together_are_not_more_than_a_number_holds() {
        OpenEstimates open = new OpenEstimates();
        List<OpenEstimates.Entry> entries = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            entries.add(open.add(1L << 40));
        }
        open.rescale(0, 30);
        open.lacks(1_000);
        long back = 0;
        for (OpenEstimates.Entry entry : entries) {
            back += open.settle(entry);
        }
        assertEquals(1_000, back);
    }
}
