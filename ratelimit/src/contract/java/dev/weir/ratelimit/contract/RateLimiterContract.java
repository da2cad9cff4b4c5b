package dev.weir.ratelimit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.RateLimiterListener;
import dev.weir.ratelimit.RateLimiterMetrics;
import dev.weir.ratelimit.Reservation;
import dev.weir.ratelimit.Settlement;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link RateLimiter} promises, wherever its permits are kept. Time passes when a test says so. A limiter
 * whose answers come by themselves is at rest after {@link #pass} and {@link #rest}.
 */
@Timeout(60)
public abstract class RateLimiterContract {
    protected static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MILLI = Duration.ofMillis(1);

    /** The clock by which the limiter waits. */
    protected final ManualTimeSource time = new ManualTimeSource();

    private final List<Call<?>> calls = new ArrayList<>();

    /** What limiters are built with besides their rate. */
    protected record Settings(int maxWaiters, @Nullable RateLimiterListener listener) {
        static final Settings NONE = new Settings(Integer.MAX_VALUE, null);
    }

    /** A new limiter, which is full. */
    protected abstract RateLimiter limiter(Rate rate, Settings settings);

    /** Waits until nothing is under way any more. */
    protected void rest() {
        calls.forEach(Call::assertRests);
    }

    /** Has time pass, for the limiter and for its permits. */
    protected void pass(Duration duration) {
        rest();
        time.advance(duration);
        rest();
    }

    /** The tests that cannot hold here, by their names, and why. */
    protected abstract Map<String, String> excluded();

    @BeforeEach
    final void excludeByName(TestInfo test) {
        String name = test.getTestMethod().orElseThrow().getName();
        String reason = excluded().get(name);
        Assumptions.assumeTrue(reason == null, () -> name + " is excluded: " + reason);
    }

    @Test
    void what_is_excluded_exists_and_has_a_reason() {
        List<String> names = Arrays.stream(RateLimiterContract.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(java.lang.reflect.Method::getName)
                .toList();
        excluded().forEach((name, reason) -> {
            assertTrue(names.contains(name), name);
            assertFalse(reason.isBlank(), name);
        });
    }

    private RateLimiter full(Rate rate) {
        return limiter(rate, Settings.NONE);
    }

    private RateLimiter empty(Rate rate) {
        return emptied(full(rate), rate);
    }

    private static RateLimiter emptied(RateLimiter limiter, Rate rate) {
        assertEquals(rate.burst(), limiter.drain());
        return limiter;
    }

    /**
     * Starts a caller in a thread, which has its place in the line, or is done, afterwards. It is a virtual one: that
     * is not at rest from when it is woken until it waits anew.
     */
    private <T> Call<T> inLine(RateLimiter limiter, Callable<T> body) {
        int before = limiter.metrics().waiters();
        Call<T> call = Call.start(body);
        Call.until(() -> limiter.metrics().waiters() > before || call.isDone());
        calls.add(call);
        rest();
        return call;
    }

    private Call<Void> acquire(RateLimiter limiter, long permits) {
        return inLine(limiter, () -> {
            limiter.acquire(permits);
            return null;
        });
    }

    private boolean isDone(CompletableFuture<?> future) {
        rest();
        return future.isDone();
    }

    private void refund(RateLimiter limiter, long permits) {
        limiter.refund(permits);
        rest();
    }

    // ---- requests that do not wait

    @Test
    void a_full_limiter_has_a_burst_and_no_more() {
        RateLimiter limiter = full(Rate.perSecond(5));
        assertTrue(limiter.tryAcquire(3));
        assertFalse(limiter.tryAcquire(3));
        assertTrue(limiter.tryAcquire());
        assertTrue(limiter.tryAcquire());
        assertFalse(limiter.tryAcquire());
    }

    @Test
    void permits_grow_at_the_rate_up_to_the_burst() {
        RateLimiter limiter = empty(Rate.perSecond(5));
        pass(Duration.ofMillis(399));
        assertTrue(limiter.tryAcquire());
        assertFalse(limiter.tryAcquire());
        pass(MILLI);
        assertTrue(limiter.tryAcquire());
        pass(Duration.ofDays(1));
        assertEquals(5, limiter.drain());
    }

    @Test
    void up_to_a_number_takes_what_is_there_and_keeps_a_part_of_a_permit() {
        RateLimiter limiter = full(Rate.perSecond(5));
        assertEquals(2, limiter.tryAcquireUpTo(2));
        assertEquals(3, limiter.tryAcquireUpTo(Long.MAX_VALUE));
        assertEquals(0, limiter.tryAcquireUpTo(1));
        pass(Duration.ofMillis(500));
        assertEquals(2, limiter.tryAcquireUpTo(5));
        pass(Duration.ofMillis(100));
        assertEquals(1, limiter.tryAcquireUpTo(5));
        assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquireUpTo(-1));
    }

    @Test
    void drain_takes_what_is_there() {
        RateLimiter limiter = full(Rate.perSecond(5));
        assertEquals(5, limiter.drain());
        assertEquals(0, limiter.drain());
        pass(Duration.ofMillis(200));
        assertEquals(1, limiter.drain());
    }

    @Test
    void no_permits_are_always_granted() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1));
        CompletableFuture<?> waiting = limiter.acquireAsync();
        assertTrue(limiter.tryAcquire(0));
        assertTrue(limiter.tryAcquire(0, Duration.ZERO));
        limiter.acquire(0);
        assertTrue(limiter.acquireAsync(0).isDone());
        assertTrue(limiter.reserve(0).isGranted());
        assertTrue(limiter.check(0).admitted());
        assertTrue(limiter.peek(0).admitted());
        assertEquals(0, limiter.tryAcquireUpTo(0));
        refund(limiter, 0);
        limiter.charge(0);
        assertFalse(isDone(waiting));
    }

    @Test
    void what_can_never_be_granted_is_refused_by_name() {
        RateLimiter limiter = full(Rate.perSecond(5));
        for (long permits : new long[] {6, -1, Long.MAX_VALUE}) {
            List<IllegalArgumentException> refused = Stream.<org.junit.jupiter.api.function.Executable>of(
                            () -> limiter.tryAcquire(permits),
                            () -> limiter.tryAcquire(permits, SECOND),
                            () -> limiter.tryAcquire(permits, Duration.ZERO),
                            () -> limiter.acquire(permits),
                            () -> limiter.acquireUninterruptibly(permits),
                            () -> limiter.acquireAsync(permits),
                            () -> limiter.reserve(permits),
                            () -> limiter.check(permits),
                            () -> limiter.peek(permits),
                            () -> limiter.acquireEstimate(permits))
                    .map(way -> assertThrows(IllegalArgumentException.class, way))
                    .toList();
            String message = "permits must be from 0 to the burst of 5, but is " + permits;
            refused.forEach(thrown -> assertEquals(message, thrown.getMessage()));
        }
        assertThrows(IllegalArgumentException.class, () -> limiter.refund(-1));
        assertThrows(IllegalArgumentException.class, () -> limiter.charge(-1));
        assertThrows(IllegalArgumentException.class, () -> limiter.pauseFor(Duration.ofNanos(-1)));
        assertEquals(5, limiter.drain());
    }

    @Test
    void nulls_are_refused_by_name() {
        RateLimiter limiter = full(Rate.perSecond(5));
        assertEquals(
                "timeout",
                assertThrows(NullPointerException.class, () -> limiter.tryAcquire(1, null))
                        .getMessage());
        assertEquals(
                "rate",
                assertThrows(NullPointerException.class, () -> limiter.replaceRate(null))
                        .getMessage());
        assertEquals(
                "duration",
                assertThrows(NullPointerException.class, () -> limiter.pauseFor(null))
                        .getMessage());
    }

    @Test
    void a_decision_says_when_to_come_again_and_that_holds() {
        RateLimiter limiter = full(Rate.of(4, SECOND));
        assertEquals(new Decision(true, 1, Duration.ZERO, Duration.ofMillis(750)), limiter.check(3));
        Decision refused = limiter.check(2);
        assertEquals(new Decision(false, 1, Duration.ofMillis(250), Duration.ofMillis(750)), refused);
        assertEquals(refused, limiter.peek(2));
        pass(refused.retryAfter());
        assertTrue(limiter.check(2).admitted());
        pass(limiter.peek().reset());
        assertEquals(4, limiter.drain());
    }

    @Test
    void peek_takes_nothing() {
        RateLimiter limiter = full(Rate.perSecond(5));
        for (int i = 0; i < 10; i++) {
            assertEquals(new Decision(true, 5, Duration.ZERO, Duration.ZERO), limiter.peek(5));
        }
        assertEquals(5, limiter.drain());
    }

    /** Excluded where the clock of the permits is coarser. */
    @Test
    void retry_after_is_exact_to_the_nanosecond() {
        for (long permits : new long[] {3, 7, 999, 1_000_001, 333_333_333}) {
            RateLimiter limiter = full(Rate.perSecond(permits).withBurst(1));
            assertTrue(limiter.tryAcquire());
            for (int i = 0; i < 5; i++) {
                Duration wait = limiter.check().retryAfter();
                pass(wait.minusNanos(1));
                assertFalse(limiter.tryAcquire(), permits + "/s");
                pass(Duration.ofNanos(1));
                assertTrue(limiter.tryAcquire(), permits + "/s");
            }
        }
    }

    @Test
    void retry_after_is_never_too_early() {
        for (long permits : new long[] {3, 7, 999, 1_000_003}) {
            RateLimiter limiter = full(Rate.perSecond(permits).withBurst(1));
            assertTrue(limiter.tryAcquire());
            for (int i = 0; i < 5; i++) {
                pass(limiter.check().retryAfter());
                assertTrue(limiter.tryAcquire(), permits + "/s");
                assertFalse(limiter.tryAcquire(), permits + "/s");
            }
        }
    }

    // ---- permits that come back, and debts

    @Test
    void a_refund_is_exact_and_never_exceeds_the_burst() {
        RateLimiter limiter = empty(Rate.perSecond(5));
        refund(limiter, 2);
        assertEquals(2, limiter.drain());
        refund(limiter, 1_000);
        assertEquals(5, limiter.drain());
        refund(limiter, Long.MAX_VALUE);
        assertEquals(5, limiter.drain());
        pass(Duration.ofDays(365));
        refund(limiter, 3);
        assertEquals(5, limiter.drain());
    }

    @Test
    void a_refund_serves_those_who_wait() throws Exception {
        RateLimiter limiter = empty(Rate.of(1, Duration.ofDays(1)).withBurst(5));
        Call<Void> thread = acquire(limiter, 2);
        CompletableFuture<?> future = limiter.acquireAsync(2);
        refund(limiter, 2);
        thread.result();
        assertFalse(isDone(future));
        refund(limiter, 2);
        future.join();
        assertEquals(0, limiter.drain());
    }

    @Test
    void a_charge_becomes_a_debt_that_is_waited_off() {
        RateLimiter limiter = full(Rate.perSecond(10));
        limiter.charge(25);
        rest();
        assertFalse(limiter.tryAcquire());
        assertEquals(Duration.ofMillis(1_600), limiter.peek().retryAfter());
        pass(Duration.ofMillis(1_599));
        assertFalse(limiter.tryAcquire());
        pass(MILLI);
        assertTrue(limiter.tryAcquire());
    }

    @Test
    void draining_forgives_no_debt() {
        RateLimiter limiter = full(Rate.perSecond(1).withBurst(5));
        limiter.charge(8);
        rest();
        assertEquals(0, limiter.drain());
        pass(Duration.ofSeconds(3));
        assertEquals(0, limiter.drain());
        pass(SECOND);
        assertEquals(1, limiter.drain());
    }

    @Test
    void a_refund_pays_a_debt() {
        RateLimiter limiter = full(Rate.perSecond(1).withBurst(5));
        limiter.charge(8);
        refund(limiter, 5);
        assertEquals(2, limiter.drain());
    }

    @Test
    void an_estimate_is_settled_to_its_cost() throws Exception {
        RateLimiter limiter = full(Rate.perHour(10));
        try (Settlement settlement = limiter.acquireEstimate(8)) {
            assertTrue(settlement.settle(3));
            assertFalse(settlement.settle(1));
        }
        rest();
        assertEquals(7, limiter.peek(0).remaining());
        limiter.acquireEstimate(1).settle(5);
        rest();
        assertEquals(2, limiter.drain());
    }

    /** Excluded where nothing is known of when an estimate was taken. */
    @Test
    void what_has_grown_again_does_not_come_back_twice() throws Exception {
        RateLimiter limiter = full(Rate.perSecond(10));
        Settlement estimate = limiter.acquireEstimate(10);
        pass(SECOND);
        assertTrue(limiter.tryAcquire(10));
        estimate.settle(0);
        rest();
        assertEquals(0, limiter.drain());
    }

    // ---- waiting

    @Test
    void acquire_takes_what_is_there_without_waiting() throws Exception {
        RateLimiter limiter = full(Rate.perSecond(5));
        limiter.acquire(2);
        limiter.acquireUninterruptibly(1);
        assertTrue(limiter.tryAcquire(1, SECOND));
        assertTrue(isDone(limiter.acquireAsync(1)));
        assertEquals(0, limiter.drain());
        assertEquals(0, limiter.metrics().waiters());
    }

    /** Excluded where the clock of the permits is coarser. */
    @Test
    void acquire_waits_until_the_very_nanosecond() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(3));
        Call<Void> call = acquire(limiter, 1);
        pass(Duration.ofNanos(333_333_333));
        assertFalse(call.isDone());
        pass(Duration.ofNanos(1));
        call.result();
    }

    @Test
    void acquire_waits_until_the_permits_are_there() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1));
        Call<Void> call = acquire(limiter, 1);
        pass(Duration.ofMillis(999));
        assertFalse(call.isDone());
        pass(MILLI);
        call.result();
        assertEquals(0, limiter.drain());
    }

    @Test
    void requests_are_served_in_the_order_in_which_they_came() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(5));
        List<Integer> served = new CopyOnWriteArrayList<>();
        List<Call<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int number = i;
            calls.add(inLine(limiter, () -> {
                limiter.acquire();
                served.add(number);
                return null;
            }));
        }
        for (int i = 0; i < 5; i++) {
            pass(SECOND);
            calls.get(i).result();
        }
        assertEquals(List.of(0, 1, 2, 3, 4), served);
    }

    @Test
    void threads_futures_and_reservations_are_served_in_one_line() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(3));
        CompletableFuture<?> first = limiter.acquireAsync();
        Call<Void> second = acquire(limiter, 1);
        Reservation third = limiter.reserve();
        pass(SECOND);
        first.join();
        assertFalse(second.isDone());
        pass(SECOND);
        second.result();
        assertFalse(third.isGranted());
        pass(SECOND);
        third.await();
    }

    @Test
    void nobody_takes_what_others_wait_for() {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(5));
        CompletableFuture<?> future = limiter.acquireAsync(5);
        rest();
        pass(Duration.ofSeconds(3));
        assertFalse(limiter.tryAcquire());
        assertEquals(0, limiter.drain());
        assertEquals(0, limiter.tryAcquireUpTo(1));
        assertFalse(limiter.check().admitted());
        assertTrue(future.cancel(false));
        rest();
        assertEquals(3, limiter.drain());
    }

    @Test
    void a_large_request_of_this_process_is_not_starved_by_its_small_ones() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(5));
        Call<Void> large = acquire(limiter, 5);
        for (int i = 0; i < 4; i++) {
            pass(SECOND);
            assertFalse(limiter.tryAcquire());
        }
        pass(SECOND);
        large.result();
    }

    @Test
    void all_that_are_due_are_served() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(5));
        limiter.pauseFor(Duration.ofSeconds(3)); // so that no one of them is due before the others
        List<Call<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            calls.add(acquire(limiter, 1));
        }
        pass(Duration.ofSeconds(3));
        for (Call<Void> call : calls) {
            call.result();
        }
        assertFalse(limiter.tryAcquire());
    }

    @Test
    void an_interrupt_before_the_call_takes_nothing() {
        RateLimiter limiter = full(Rate.perSecond(1));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, limiter::acquire);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> limiter.tryAcquire(SECOND));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> limiter.tryAcquire(Duration.ZERO));
        assertFalse(Thread.interrupted());
        assertEquals(1, limiter.drain());
    }

    @Test
    void an_interrupted_wait_takes_nothing_and_those_behind_move_up() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(5));
        Call<Void> first = acquire(limiter, 5);
        Call<Void> second = acquire(limiter, 2);
        pass(Duration.ofSeconds(2));
        first.interrupt();
        first.assertThrew(InterruptedException.class);
        second.result();
        assertEquals(0, limiter.drain());
        assertEquals(1, limiter.metrics().abandoned());
    }

    @Test
    void one_that_leaves_does_not_keep_a_smaller_request_after_it_waiting() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(5));
        assertFalse(limiter.tryAcquire(5, MILLI));
        CompletableFuture<?> small = limiter.acquireAsync(1);
        rest();
        pass(SECOND);
        small.join();
    }

    @Test
    void those_behind_one_that_leaves_move_up_at_once() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(5));
        CompletableFuture<?> first = limiter.acquireAsync(5);
        Call<Void> second = acquire(limiter, 2);
        pass(Duration.ofSeconds(2));
        assertTrue(first.cancel(false));
        second.result();
    }

    @Test
    void an_uninterruptible_wait_leaves_the_interrupt_for_later() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1));
        Call<Void> call = inLine(limiter, () -> {
            limiter.acquireUninterruptibly();
            return null;
        });
        call.interrupt();
        call.assertRests();
        pass(SECOND);
        call.result();
        assertTrue(call.wasInterruptedAtEnd());
    }

    @Test
    void a_timed_wait_that_the_permit_just_meets_succeeds() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1));
        Call<Boolean> call = inLine(limiter, () -> limiter.tryAcquire(SECOND));
        pass(SECOND);
        assertTrue(call.result());
    }

    @Test
    void a_timed_wait_that_is_in_vain_ends_at_once() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1));
        assertFalse(limiter.tryAcquire(SECOND.minus(MILLI)));
        assertEquals(0, time.nanoTime());
        assertEquals(1, limiter.metrics().abandoned());
        pass(SECOND);
        assertTrue(limiter.tryAcquire());
    }

    @Test
    void a_timed_wait_behind_others_ends_when_its_time_is_over() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(5));
        Call<Void> first = acquire(limiter, 5);
        Call<Boolean> second = inLine(limiter, () -> limiter.tryAcquire(2, Duration.ofSeconds(4)));
        pass(Duration.ofSeconds(4));
        assertFalse(second.result());
        pass(SECOND);
        first.result();
        assertEquals(0, limiter.drain());
    }

    @Test
    void a_timeout_of_zero_or_less_does_not_wait() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1));
        assertFalse(limiter.tryAcquire(Duration.ZERO));
        assertFalse(limiter.tryAcquire(SECOND.negated()));
        pass(SECOND);
        assertTrue(limiter.tryAcquire(Duration.ZERO));
    }

    @Test
    void a_timeout_beyond_the_clock_waits() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1));
        Call<Boolean> call = inLine(limiter, () -> limiter.tryAcquire(Duration.ofSeconds(Long.MAX_VALUE)));
        pass(SECOND);
        assertTrue(call.result());
    }

    @Test
    void no_more_than_the_maximum_wait() {
        RateLimiter limiter = emptied(limiter(Rate.perSecond(1), new Settings(1, null)), Rate.perSecond(1));
        CompletableFuture<?> first = limiter.acquireAsync();
        rest();
        assertThrows(RejectedExecutionException.class, limiter::acquire);
        assertThrows(RejectedExecutionException.class, limiter::acquireUninterruptibly);
        assertThrows(RejectedExecutionException.class, limiter::reserve);
        assertThrows(CompletionException.class, () -> limiter.acquireAsync().join());
        assertFalse(Call.uninterrupted(() -> limiter.tryAcquire(Duration.ofDays(1))));
        pass(SECOND);
        first.join();
    }

    /** Excluded where that many units are more than a store counts exactly. */
    @Test
    void the_second_request_of_two_billion_waits_for_its_time() throws Exception {
        RateLimiter limiter = full(Rate.perSecond(1).withBurst(2_000_000_000));
        assertTrue(limiter.tryAcquire(2_000_000_000));
        Call<Void> second = acquire(limiter, 2_000_000_000);
        pass(Duration.ofSeconds(2_000_000_000).minus(MILLI));
        assertFalse(second.isDone());
        pass(MILLI);
        second.result();
    }

    @Test
    void decorated_functions_ask_first() throws Exception {
        RateLimiter limiter = full(Rate.perSecond(8));
        limiter.decorateRunnable(() -> {}).run();
        assertEquals(3, limiter.uninterruptibleFunction((Integer a) -> a + 1).apply(2));
        assertEquals("x", limiter.decorateSupplier(() -> "x").get());
        assertEquals("y", limiter.decorate((String a) -> a).apply("y"));
        assertEquals(4, limiter.drain());
    }

    // ---- futures and reservations

    @Test
    void a_cancelled_future_has_taken_nothing() {
        RateLimiter limiter = empty(Rate.perSecond(1));
        CompletableFuture<?> future = limiter.acquireAsync();
        rest();
        assertTrue(future.cancel(true));
        pass(SECOND);
        assertTrue(limiter.tryAcquire());
        assertEquals(0, limiter.metrics().waiters());
    }

    @Test
    void a_future_that_is_completed_by_hand_is_as_good_as_cancelled() {
        RateLimiter limiter = empty(Rate.perSecond(1));
        assertTrue(limiter.acquireAsync().complete(null));
        assertTrue(limiter.acquireAsync().completeExceptionally(new IllegalStateException("enough")));
        assertEquals(0, limiter.metrics().waiters());
        pass(SECOND);
        assertTrue(limiter.tryAcquire());
    }

    @Test
    void a_cancelled_reservation_gives_back_exactly_its_permits_once() {
        RateLimiter limiter = full(Rate.perHour(5));
        Reservation granted = limiter.reserve(3);
        rest();
        assertTrue(granted.isGranted());
        assertTrue(granted.cancel());
        assertFalse(granted.cancel());
        rest();
        assertEquals(5, limiter.drain());
        Reservation waiting = limiter.reserve(5);
        rest();
        assertTrue(waiting.cancel());
        assertThrows(CancellationException.class, waiting::await);
        rest();
        assertEquals(0, limiter.drain());
    }

    @Test
    void a_reservation_is_granted_in_its_turn_whether_it_is_awaited_or_not() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(5));
        Reservation first = limiter.reserve(2);
        rest();
        Reservation second = limiter.reserve(3);
        rest();
        assertEquals(Duration.ofSeconds(2), first.delay());
        assertEquals(Duration.ofSeconds(5), second.delay());
        pass(Duration.ofSeconds(2));
        first.await();
        assertFalse(second.await(Duration.ZERO));
        pass(Duration.ofSeconds(3));
        assertTrue(second.isGranted());
        assertFalse(limiter.tryAcquire());
    }

    // ---- pauses and rates

    @Test
    void nobody_gets_a_permit_in_a_pause_and_everybody_may_then() throws Exception {
        RateLimiter limiter = full(Rate.perSecond(10));
        limiter.pauseFor(SECOND);
        assertFalse(limiter.tryAcquire());
        assertEquals(0, limiter.drain());
        assertFalse(limiter.tryAcquire(1, SECOND.minus(MILLI)), "certainly too late");
        assertEquals(new Decision(false, 0, SECOND, SECOND), limiter.check(3));
        pass(SECOND.minus(MILLI));
        assertFalse(limiter.tryAcquire());
        pass(MILLI);
        assertTrue(limiter.tryAcquire(10));
    }

    @Test
    void requests_wait_a_pause_off_in_their_order() throws Exception {
        RateLimiter limiter = full(Rate.perSecond(10));
        limiter.pauseFor(SECOND);
        CompletableFuture<?> first = limiter.acquireAsync(6);
        CompletableFuture<?> second = limiter.acquireAsync(6);
        pass(SECOND.minus(MILLI));
        assertFalse(isDone(first));
        pass(MILLI);
        first.join();
        assertFalse(isDone(second));
        pass(Duration.ofMillis(200));
        second.join();
    }

    @Test
    void the_longer_of_two_pauses_holds_and_resume_ends_it() {
        RateLimiter limiter = full(Rate.perSecond(10));
        limiter.pauseFor(Duration.ofSeconds(9));
        limiter.pauseFor(SECOND);
        CompletableFuture<?> waiting = limiter.acquireAsync();
        pass(Duration.ofSeconds(8));
        assertFalse(isDone(waiting));
        limiter.resume();
        waiting.join();
        assertTrue(limiter.tryAcquire());
    }

    @Test
    void permits_stay_as_far_as_a_new_burst_has_room_and_grow_at_the_new_rate() {
        RateLimiter limiter = full(Rate.perSecond(10));
        assertTrue(limiter.tryAcquire(3));
        limiter.replaceRate(Rate.perSecond(100));
        assertEquals(Rate.perSecond(100), limiter.rate());
        assertEquals(7, limiter.drain());
        pass(Duration.ofMillis(10));
        assertEquals(1, limiter.drain());
        pass(Duration.ofMillis(500));
        limiter.replaceRate(Rate.perSecond(3));
        assertEquals(3, limiter.drain());
    }

    @Test
    void a_rate_that_is_replaced_over_and_over_neither_loses_nor_doubles_permits() {
        RateLimiter limiter = empty(Rate.perSecond(10).withBurst(100));
        pass(Duration.ofSeconds(2));
        for (int i = 0; i < 50; i++) {
            limiter.replaceRate(Rate.perSecond(i % 2 == 0 ? 1 : 10).withBurst(100));
            limiter.peek();
        }
        assertEquals(20, limiter.drain());
    }

    @Test
    void those_who_wait_are_served_at_a_new_rate() {
        RateLimiter limiter = empty(Rate.of(1, Duration.ofDays(1)));
        CompletableFuture<?> future = limiter.acquireAsync();
        rest();
        limiter.replaceRate(Rate.perSecond(1));
        rest();
        pass(SECOND);
        future.join();
    }

    @Test
    void a_smaller_burst_refuses_those_who_want_more_and_serves_the_others() throws Exception {
        RateLimiter limiter = empty(Rate.perSecond(1).withBurst(10));
        Call<Void> thread = acquire(limiter, 7);
        CompletableFuture<?> large = limiter.acquireAsync(10);
        Reservation reserved = limiter.reserve(6);
        CompletableFuture<?> small = limiter.acquireAsync(5);
        rest();
        limiter.replaceRate(Rate.perSecond(5));
        assertInstanceOf(
                RejectedExecutionException.class,
                assertThrows(CompletionException.class, large::join).getCause());
        assertThrows(RejectedExecutionException.class, reserved::await);
        assertInstanceOf(RejectedExecutionException.class, thread.failure());
        rest();
        pass(SECOND);
        small.join();
    }

    // ---- what is reported

    @Test
    void the_listener_and_the_counters_hear_of_every_decision() throws Exception {
        List<String> heard = Collections.synchronizedList(new ArrayList<>());
        RateLimiterListener listener = new RateLimiterListener() {
            @Override
            public void onAdmitted(long permits, Duration waited) {
                heard.add("+" + permits + " after " + waited.toNanos());
                throw new IllegalStateException("harms nobody");
            }

            @Override
            public void onRejected(long permits) {
                heard.add("-" + permits);
                throw new IllegalStateException("harms nobody");
            }
        };
        RateLimiter limiter = limiter(Rate.perSecond(2), new Settings(Integer.MAX_VALUE, listener));
        assertTrue(limiter.tryAcquire(2));
        assertFalse(limiter.tryAcquire());
        assertFalse(limiter.tryAcquire(2, MILLI));
        assertEquals(0, limiter.tryAcquireUpTo(2));
        CompletableFuture<?> future = limiter.acquireAsync();
        rest();
        pass(Duration.ofMillis(500));
        future.join();
        Call.until(() -> heard.size() == 5); // of a future, in a thread of its own
        assertEquals(List.of("+2 after 0", "-1", "-2", "-2", "+1 after 500000000"), heard);
        RateLimiterMetrics metrics = limiter.metrics();
        assertEquals(3, metrics.admitted());
        assertEquals(5, metrics.rejected());
        assertEquals(1, metrics.waits());
        assertEquals(1, metrics.waited().samples());
        assertTrue(metrics.waited().total().compareTo(Duration.ofMillis(500)) >= 0, () -> "" + metrics);
        assertEquals(0, metrics.waiters());
    }

    @Test
    void a_limiter_has_a_name_that_it_is_described_by() {
        RateLimiter limiter = limiter(Rate.perSecond(1), Settings.NONE);
        assertEquals(limiter.name(), limiter.name());
        assertTrue(limiter.name().matches("(keyed-)?limiter-[1-9][0-9]*"), limiter.name());
        assertTrue(limiter.toString().contains("[" + limiter.name() + ", "), limiter.toString());
    }

    @Test
    void a_description_names_the_rate_and_who_waits() {
        RateLimiter limiter = empty(Rate.perSecond(1));
        CompletableFuture<?> waiting = limiter.acquireAsync();
        rest();
        String description = limiter.toString();
        assertTrue(description.contains("Rate[permits=1, period=PT1S, burst=1], 1 waiters]"), description);
        waiting.cancel(false);
    }

    // ---- at random

    @Test
    void no_window_admits_more_than_the_burst_and_what_has_grown_and_come_back() {
        long seed = System.nanoTime();
        System.out.println("no_window_admits_more seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 5; round++) {
            long burst = 1 + random.nextInt(20);
            long periodMillis = 1 + random.nextInt(20);
            RateLimiter limiter = full(new Rate(1, Duration.ofMillis(periodMillis), burst));
            List<long[]> events = new ArrayList<>(); // {ms, permits, negative if they came back}
            for (int step = 0; step < 60; step++) {
                pass(Duration.ofMillis(random.nextLong(burst * periodMillis + 2)));
                long wanted = 1 + random.nextLong(burst);
                if (limiter.tryAcquire(wanted)) {
                    events.add(new long[] {time.nanoTime() / 1_000_000, wanted});
                    if (random.nextInt(4) == 0) {
                        refund(limiter, wanted);
                        events.add(new long[] {time.nanoTime() / 1_000_000, -wanted});
                    }
                }
            }
            for (int from = 0; from < events.size(); from++) {
                long sum = 0;
                for (int to = from; to < events.size(); to++) {
                    sum += events.get(to)[1];
                    long window = events.get(to)[0] - events.get(from)[0];
                    assertTrue((sum - burst) * periodMillis <= window, sum + " in " + window + " ms, seed " + seed);
                }
            }
        }
    }

    @Test
    void nothing_is_lost_or_minted_by_cancels_and_refunds_in_random_order() {
        long seed = System.nanoTime();
        System.out.println("nothing_is_lost_or_minted seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 10; round++) {
            RateLimiter limiter = empty(Rate.perSecond(10).withBurst(20));
            List<CompletableFuture<?>> futures = new ArrayList<>();
            List<Reservation> reservations = new ArrayList<>();
            for (int step = 0; step < 30; step++) {
                long wanted = 1 + random.nextInt(5);
                switch (random.nextInt(5)) {
                    case 0 -> futures.add(limiter.acquireAsync(wanted));
                    case 1 -> reservations.add(limiter.reserve(wanted));
                    case 2 -> limiter.tryAcquire(wanted);
                    case 3 -> pass(Duration.ofMillis(random.nextInt(500)));
                    default -> {
                        if (!reservations.isEmpty()) {
                            reservations
                                    .remove(random.nextInt(reservations.size()))
                                    .cancel();
                        }
                    }
                }
                rest();
            }
            reservations.forEach(Reservation::cancel);
            for (int i = 0; i < 60; i++) {
                pass(SECOND);
            }
            assertTrue(futures.stream().allMatch(CompletableFuture::isDone), "seed " + seed);
            assertEquals(20, limiter.drain(), "seed " + seed);
        }
    }
}
