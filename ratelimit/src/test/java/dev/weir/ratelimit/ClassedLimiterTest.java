package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Priorities and fair shares of requests that wait for permits. */
class ClassedLimiterTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Rate ONE_A_SECOND = Rate.perSecond(1);

    private final ManualTimeSource time = new ManualTimeSource();

    /** Empty, with an ageing of ten seconds. */
    private TokenBucket priorities(Rate rate) {
        return TokenBucket.builder(rate)
                .priorities(Duration.ofSeconds(10))
                .initialPermits(0)
                .timeSource(time)
                .build();
    }

    private TokenBucket shares(Rate rate, Map<String, Integer> weights) {
        return TokenBucket.builder(rate)
                .fairShares(weights)
                .initialPermits(0)
                .timeSource(time)
                .build();
    }

    /** In which seconds the futures are done, as {@code [1, 2]} for the first two. */
    private List<Integer> seconds(List<CompletableFuture<?>> futures) {
        List<Integer> seconds = new ArrayList<>();
        futures.forEach(future -> seconds.add(0));
        for (int second = 1; seconds.contains(0); second++) {
            time.advance(SECOND);
            for (int i = 0; i < seconds.size(); i++) {
                if (seconds.get(i) == 0 && futures.get(i).isDone()) {
                    seconds.set(i, second);
                }
            }
        }
        return seconds;
    }

    enum Kind {
        TOKEN_BUCKET,
        INTERVAL_BUCKET,
        WARM_UP,
        KEY
    }

    private RateLimiter limiter(Kind kind) {
        return switch (kind) {
            case TOKEN_BUCKET -> priorities(ONE_A_SECOND);
            case INTERVAL_BUCKET ->
                IntervalBucket.builder(ONE_A_SECOND)
                        .priorities()
                        .initialPermits(0)
                        .timeSource(time)
                        .build();
            case WARM_UP ->
                WarmUpLimiter.builder(ONE_A_SECOND, SECOND)
                        .coldFactor(1)
                        .priorities(SECOND)
                        .timeSource(time)
                        .build();
            case KEY -> {
                RateLimiter key = KeyedRateLimiter.<String>builder(ONE_A_SECOND)
                        .priorities(SECOND)
                        .timeSource(time)
                        .build()
                        .limiter("key");
                key.drain();
                yield key;
            }
        };
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_higher_priority_is_served_first_in_every_limiter(Kind kind) {
        RateLimiter limiter = limiter(kind);
        CompletableFuture<?> low = limiter.acquireAsync();
        CompletableFuture<?> high = limiter.withPriority(5).acquireAsync();
        Reservation higher = limiter.withPriority(6).reserve();
        time.advance(SECOND.plusMillis(1));
        assertTrue(higher.isGranted());
        assertFalse(high.isDone());
        time.advance(SECOND);
        assertTrue(high.isDone());
        assertFalse(low.isDone());
        time.advance(SECOND);
        assertTrue(low.isDone());
    }

    @Test
    void a_request_is_overtaken_only_by_what_comes_within_its_ageing() {
        TokenBucket bucket = priorities(ONE_A_SECOND);
        CompletableFuture<?> low = bucket.acquireAsync();
        RateLimiter high = bucket.withPriority(1);
        int served = 0;
        for (int second = 0; !low.isDone(); second++) {
            high.acquireAsync();
            high.acquireAsync(); // twice the rate, for ever
            time.advance(SECOND);
            served = second;
        }
        assertEquals(20, served, "20 came within the ten seconds of its ageing");
    }

    @Test
    void a_thread_that_waits_is_passed_and_gets_its_permit_when_its_time_has_come() throws Exception {
        TokenBucket bucket = priorities(ONE_A_SECOND);
        Call<Void> low = Call.start(() -> {
            bucket.acquire();
            return null;
        });
        time.awaitWaiters(1);
        Call<Boolean> high = Call.onPlatformThread(() -> bucket.withPriority(1).tryAcquire(Duration.ofSeconds(1)));
        Call.until(() -> bucket.metrics().waiters() == 2);
        time.awaitWaiters(2);
        time.advance(SECOND);
        assertTrue(high.result());
        assertFalse(low.isDone());
        low.assertRests(); // a virtual thread is not at rest from when it is woken until it waits anew
        time.advance(SECOND);
        low.result();
        assertEquals(0, bucket.metrics().waiters());
    }

    @Test
    void a_small_request_passes_a_large_one_of_a_lower_priority_and_takes_what_is_there() throws Exception {
        TokenBucket bucket = priorities(ONE_A_SECOND.withBurst(10));
        CompletableFuture<?> large = bucket.acquireAsync(5);
        time.advance(Duration.ofSeconds(4));
        assertFalse(bucket.withPriority(1).tryAcquire(), "what does not wait passes nobody");
        assertTrue(bucket.withPriority(1).tryAcquire(2, Duration.ofDays(1)));
        CompletableFuture<?> small = bucket.withPriority(1).acquireAsync(2);
        time.advance(Duration.ZERO);
        assertTrue(small.isDone());
        time.advance(Duration.ofSeconds(5).minusNanos(1));
        assertFalse(large.isDone());
        time.advance(Duration.ofNanos(1));
        assertTrue(large.isDone());
    }

    @Test
    void the_first_of_all_that_leaves_in_any_way_lets_the_next_in() throws Exception {
        TokenBucket bucket = priorities(ONE_A_SECOND.withBurst(10));
        CompletableFuture<?> large = bucket.withPriority(2).acquireAsync(9);
        CompletableFuture<?> next = bucket.acquireAsync(2);
        time.advance(Duration.ofSeconds(3));
        assertFalse(next.isDone());
        assertTrue(large.cancel(false));
        assertTrue(next.isDone());
        Call<Boolean> timed = Call.onPlatformThread(() -> bucket.withPriority(2).tryAcquire(9, Duration.ofSeconds(30)));
        Call.until(() -> bucket.metrics().waiters() == 1);
        time.awaitWaiters(1);
        CompletableFuture<?> behind = bucket.acquireAsync(2);
        timed.interrupt();
        timed.assertThrew(InterruptedException.class);
        time.advance(SECOND);
        assertTrue(behind.isDone());
    }

    /** Found by thinking: the first of a tenant is not the first of all, but what comes behind it may be. */
    @Test
    void one_that_was_not_the_first_and_leaves_lets_its_tenants_next_in() {
        TokenBucket bucket = shares(ONE_A_SECOND.withBurst(10), Map.of());
        CompletableFuture<?> large = bucket.forTenant("a").acquireAsync(9);
        CompletableFuture<?> small = bucket.forTenant("a").acquireAsync(1);
        CompletableFuture<?> other = bucket.forTenant("b").acquireAsync(4);
        time.advance(Duration.ofSeconds(3));
        assertFalse(other.isDone());
        large.cancel(false);
        assertTrue(small.isDone());
        time.advance(Duration.ofSeconds(2));
        assertTrue(other.isDone());
    }

    @Test
    void a_tenant_that_floods_gets_its_share_and_permits_are_what_is_shared() {
        TokenBucket bucket = shares(ONE_A_SECOND.withBurst(10), Map.of("paid", 2));
        List<CompletableFuture<?>> futures = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            futures.add(bucket.forTenant("free").acquireAsync());
        }
        for (int i = 0; i < 3; i++) {
            futures.add(bucket.forTenant("paid").acquireAsync(2));
        }
        assertEquals(List.of(1, 4, 7, 10, 11, 12, 3, 6, 9), seconds(futures));
    }

    @Test
    void a_request_that_gives_up_costs_its_tenant_nothing() {
        TokenBucket bucket = shares(ONE_A_SECOND, Map.of());
        for (int i = 0; i < 100; i++) {
            assertTrue(bucket.forTenant("a").reserve().cancel());
        }
        List<CompletableFuture<?>> futures = List.of(
                bucket.forTenant("b").acquireAsync(),
                bucket.forTenant("b").acquireAsync(),
                bucket.forTenant("a").acquireAsync());
        assertEquals(List.of(1, 3, 2), seconds(futures));
    }

    @Test
    void a_reservation_reckons_with_the_order() {
        TokenBucket bucket = shares(ONE_A_SECOND.withBurst(10), Map.of());
        Reservation first = bucket.forTenant("a").reserve(2);
        Reservation second = bucket.forTenant("a").reserve(2);
        Reservation other = bucket.forTenant("b").reserve(3);
        assertEquals(
                List.of(2L, 7L, 5L),
                List.of(
                        first.delay().toSeconds(),
                        second.delay().toSeconds(),
                        other.delay().toSeconds()));
        bucket.forTenant("b").reserve(2).cancel();
        assertEquals(7, second.delay().toSeconds());
        time.advance(Duration.ofSeconds(5));
        assertEquals(List.of(true, false, true), List.of(first.isGranted(), second.isGranted(), other.isGranted()));
        assertEquals(Duration.ofSeconds(8), bucket.peek(6).retryAfter(), "as if it came last");
    }

    @Test
    void a_replaced_rate_refuses_what_it_makes_hopeless_and_keeps_the_order_of_the_others() throws Exception {
        TokenBucket bucket = priorities(ONE_A_SECOND.withBurst(10));
        CompletableFuture<?> hopeless = bucket.withPriority(1).acquireAsync(6);
        CompletableFuture<?> low = bucket.acquireAsync(2);
        CompletableFuture<?> hopelessToo = bucket.withPriority(3).acquireAsync(10);
        CompletableFuture<?> high = bucket.withPriority(1).acquireAsync(5);
        bucket.withPriority(1).replaceRate(ONE_A_SECOND.withBurst(5));
        assertTrue(hopeless.isCompletedExceptionally());
        assertTrue(
                assertThrows(ExecutionException.class, hopelessToo::get).getCause()
                        instanceof RejectedExecutionException);
        time.advance(Duration.ofSeconds(5));
        assertTrue(high.isDone());
        assertFalse(low.isDone());
        time.advance(Duration.ofSeconds(2));
        assertTrue(low.isDone());
    }

    @Test
    void a_pause_holds_for_all_classes() {
        TokenBucket bucket = priorities(ONE_A_SECOND);
        bucket.withPriority(1).pauseFor(Duration.ofSeconds(5));
        CompletableFuture<?> low = bucket.acquireAsync();
        CompletableFuture<?> high = bucket.withPriority(1).acquireAsync();
        time.advance(Duration.ofSeconds(5).minusNanos(1));
        assertFalse(high.isDone());
        time.advance(Duration.ofNanos(1));
        assertTrue(high.isDone());
        time.advance(SECOND);
        assertTrue(low.isDone());
    }

    @Test
    void an_estimate_is_settled_through_a_view_as_well() throws Exception {
        TokenBucket bucket = TokenBucket.builder(ONE_A_SECOND.withBurst(10))
                .fairShares()
                .timeSource(time)
                .build();
        Settlement settlement = bucket.forTenant("a").acquireEstimate(8);
        Settlement another = Settlement.of(bucket.forTenant("b"), bucket.drain());
        settlement.settle(5);
        another.settle(0);
        assertEquals(5, bucket.drain());
        Call<Settlement> waits =
                Call.onPlatformThread(() -> bucket.forTenant("a").acquireEstimate(4));
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(4));
        waits.result().settle(1);
        assertEquals(3, bucket.drain());
    }

    @Test
    void interrupts_before_and_in_a_wait_take_nothing() throws Exception {
        TokenBucket bucket = priorities(ONE_A_SECOND);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> bucket.withPriority(1).acquire());
        Call<Void> uninterruptible = Call.start(() -> {
            bucket.withPriority(1).acquireUninterruptibly();
            return null;
        });
        time.awaitWaiters(1);
        uninterruptible.interrupt();
        Call<Void> waits = Call.onPlatformThread(() -> {
            bucket.withPriority(2).acquire();
            return null;
        });
        Call.until(() -> bucket.metrics().waiters() == 2);
        waits.awaitParked();
        waits.interrupt();
        waits.assertThrew(InterruptedException.class);
        uninterruptible.assertRests(); // a virtual thread is not at rest from when it is woken until it waits anew
        time.awaitWaiters(1);
        time.advance(SECOND);
        uninterruptible.result();
        assertTrue(uninterruptible.wasInterruptedAtEnd());
    }

    @Test
    void the_maximum_of_requests_that_wait_is_one_for_all() {
        TokenBucket bucket = TokenBucket.builder(ONE_A_SECOND)
                .priorities()
                .maxWaiters(1)
                .initialPermits(0)
                .timeSource(time)
                .build();
        bucket.acquireAsync();
        assertThrows(
                RejectedExecutionException.class, () -> bucket.withPriority(9).reserve());
    }

    @Test
    void a_view_is_the_limiter_but_for_the_class() throws Exception {
        TokenBucket bucket = TokenBucket.builder(ONE_A_SECOND.withBurst(10))
                .name("orders")
                .priorities()
                .timeSource(time)
                .build();
        RateLimiter view = bucket.withPriority(3).forTenant("a");
        assertEquals(
                "TokenBucket[orders, Rate[permits=1, period=PT1S, burst=10], 0 waiters] for"
                        + " WaiterClass[priority=3, tenant=a]",
                view.toString());
        assertEquals("orders", view.name());
        assertTrue(view.tryAcquire());
        assertTrue(view.check(2).admitted());
        assertEquals(7, view.peek().remaining());
        view.acquire(1);
        view.acquireUninterruptibly();
        assertEquals(2, view.tryAcquireUpTo(2));
        view.refund(1);
        view.charge(2);
        assertEquals(2, bucket.drain());
        assertEquals(0, view.drain());
        assertEquals(bucket.rate(), view.rate());
        assertEquals(bucket.metrics(), view.metrics());
        view.pauseFor(SECOND);
        assertTrue(view.acquireAsync(0).isDone());
        view.refund(1);
        assertFalse(view.tryAcquire());
        view.resume();
        assertTrue(view.tryAcquire());
        assertThrows(IllegalArgumentException.class, () -> view.withPriority(-1_001));
        assertThrows(IllegalArgumentException.class, () -> bucket.withPriority(1_001));
        assertThrows(
                IllegalArgumentException.class,
                () -> RateLimiter.allOf(bucket.withPriority(1), bucket.withPriority(2)));
        assertTrue(RateLimiter.allOf(view).limits().contains(view));
    }

    @Test
    void a_limiter_that_was_built_without_ignores_classes() {
        TokenBucket bucket = TokenBucket.builder(ONE_A_SECOND).build();
        assertSame(bucket, bucket.withPriority(5));
        assertSame(bucket, bucket.forTenant("a"));
        assertThrows(IllegalArgumentException.class, () -> bucket.withPriority(5_000));
        assertThrows(NullPointerException.class, () -> bucket.forTenant(null));
        assertEquals(
                "TokenBucket.Builder[Rate[permits=1, period=PT1S, burst=1], TimeSource.system(), fair shares]",
                TokenBucket.builder(ONE_A_SECOND).priorities().fairShares().toString());
    }
}
