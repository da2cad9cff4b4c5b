package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

@Timeout(60)
class CombinedLimiterTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final TokenBucket requests = bucket(Rate.perSecond(2));
    private final TokenBucket bytes = bucket(Rate.perSecond(1_000));
    private final CombinedLimiter both = RateLimiter.allOf(requests, bytes);

    private TokenBucket bucket(Rate rate) {
        return TokenBucket.builder(rate).timeSource(time).build();
    }

    @Test
    void takes_of_all_or_of_none() {
        assertTrue(both.tryAcquire(1, 600));
        assertFalse(both.tryAcquire(1, 600));
        assertEquals(1, requests.drain(), "refunded");
        assertEquals(400, bytes.drain());
        assertEquals(List.of(requests, bytes), both.limits());
    }

    @Test
    void a_failed_attempt_leaves_every_balance_as_it_was_whichever_refuses() {
        requests.drain();
        assertFalse(both.tryAcquire(1, 1));
        assertEquals(1_000, bytes.drain());
        time.advance(Duration.ofMillis(1_750)); // of 2 a second no more than 2 are saved up
        assertFalse(
                RateLimiter.allOf(bytes, requests, bucket(Rate.perSecond(1))).tryAcquire(1_000, 3 - 1, 1)
                        && requests.tryAcquire());
    }

    @Test
    void reports_the_tightest() {
        assertEquals(
                new CombinedLimiter.Combined(0, new Decision(true, 1, Duration.ZERO, SECOND.dividedBy(2))),
                both.check(1, 600));
        CombinedLimiter.Combined refused = both.check(1, 900);
        assertEquals(1, refused.tightest());
        assertEquals(new Decision(false, 400, Duration.ofMillis(500), Duration.ofMillis(600)), refused.decision());
        assertEquals(1, requests.peek(1).remaining());
        time.advance(refused.decision().retryAfter().minusNanos(1));
        assertFalse(both.tryAcquire(1, 900));
        time.advance(Duration.ofNanos(1));
        assertTrue(both.tryAcquire(1, 900));
    }

    @Test
    void waits_for_one_after_the_other_and_holds_nothing_of_the_others() throws Exception {
        requests.drain();
        bytes.drain();
        FutureTask<Void> waiting = new FutureTask<>(() -> {
            both.acquire(1, 900);
            return null;
        });
        Thread.ofVirtual().start(waiting);
        time.awaitWaiters(1);
        time.advance(Duration.ofMillis(500)); // now for the bytes, and the request is given back
        time.awaitWaiters(1);
        assertTrue(requests.tryAcquire());
        time.advance(Duration.ofMillis(400));
        while (!waiting.isDone()) {
            time.advance(Duration.ofMillis(1));
        }
        waiting.get();
    }

    @Test
    void an_interrupt_or_a_deadline_takes_nothing() throws Exception {
        bytes.drain();
        FutureTask<Void> interrupted = new FutureTask<>(() -> {
            both.acquire(1, 900);
            return null;
        });
        Thread thread = Thread.ofVirtual().start(interrupted);
        time.awaitWaiters(1);
        thread.interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, interrupted::get).getCause());
        assertFalse(both.tryAcquire(Deadline.after(Duration.ofMillis(100), time), 1, 900));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> both.acquire(1, 1));
        assertEquals(2, requests.drain());
        FutureTask<Boolean> inTime = new FutureTask<>(() -> both.tryAcquire(Deadline.after(SECOND, time), 1, 900));
        Thread.ofVirtual().start(inTime);
        time.awaitWaiters(1);
        time.advance(SECOND);
        assertTrue(inTime.get());
    }

    @Test
    void misuse_is_refused_and_takes_nothing() {
        assertThrows(IllegalArgumentException.class, RateLimiter::allOf);
        assertThrows(IllegalArgumentException.class, () -> RateLimiter.allOf(requests, bytes, requests));
        assertThrows(NullPointerException.class, () -> RateLimiter.allOf(requests, null));
        assertThrows(IllegalArgumentException.class, () -> both.tryAcquire(new long[] {1}));
        assertThrows(IllegalArgumentException.class, () -> both.tryAcquire(3, 1));
        assertThrows(IllegalArgumentException.class, () -> both.acquire(1, -1));
        assertThrows(IllegalArgumentException.class, () -> both.check(1, 1_001));
        assertEquals(2, requests.drain());
        assertEquals(1_000, bytes.drain());
        assertTrue(both.toString().startsWith("CombinedLimiter[" + both.name() + ", TokenBucket["));
    }

    @Test
    void a_request_with_an_empty_body_is_granted_also_when_there_are_no_bytes() throws Exception {
        bytes.drain();
        assertTrue(both.tryAcquire(1, 0));
        both.acquire(1, 0);
        assertEquals(0, requests.drain());
    }

    /** Compare dotnet/runtime#113314. */
    @Test
    void a_caller_whose_own_limit_is_used_up_takes_nothing_from_a_shared_one() {
        TokenBucket own = bucket(Rate.of(1, Duration.ofDays(1)));
        own.drain();
        ScriptedTime scripted = new ScriptedTime();
        TokenBucket shared =
                TokenBucket.builder(Rate.perSecond(1)).timeSource(scripted).build();
        scripted.inReading(1, () -> {
            throw new AssertionError("the shared limit was asked");
        });
        assertFalse(RateLimiter.allOf(shared, own).tryAcquire(1, 1));
    }

    @Test
    void combinations_that_share_limits_neither_block_each_other_nor_lose_a_permit() throws Exception {
        CombinedLimiter otherWay = RateLimiter.allOf(bytes, requests);
        requests.replaceRate(Rate.perSecond(500));
        AtomicLong done = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            boolean even = i % 2 == 0;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    for (int n = 0; n < 200; n++) {
                        if (even) {
                            both.acquire(1, 10);
                        } else {
                            otherWay.acquire(10, 1);
                        }
                        done.incrementAndGet();
                    }
                } catch (InterruptedException impossible) {
                    throw new AssertionError(impossible);
                }
            }));
        }
        while (threads.stream().anyMatch(Thread::isAlive)) {
            time.advance(Duration.ofMillis(1));
        }
        assertEquals(800, done.get());
        assertTrue(time.nanoTime() >= 7_000 * 1_000_000L, "8,000 bytes less the burst of 1,000");
        time.advance(SECOND);
        assertEquals(500, requests.drain());
        assertEquals(1_000, bytes.drain());
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        assertTrue(RateLimitSnippets.allOf(new byte[4_096]));
        KeyedRateLimiter<String> perUser = KeyedRateLimiter.<String>builder(Rate.perSecond(1))
                .timeSource(time)
                .build();
        assertEquals("mail to alice", RateLimitSnippets.allOfKeyed(perUser, requests, "alice"));
        assertEquals(1, requests.drain());
    }

    @Test
    void a_later_limit_that_comes_too_late_is_noticed_at_once() throws Exception {
        ManualTimeSource automatic = ManualTimeSource.autoAdvancing();
        TokenBucket soon = TokenBucket.builder(Rate.perSecond(1))
                .initialPermits(0)
                .timeSource(automatic)
                .build();
        TokenBucket late = TokenBucket.builder(Rate.perMinute(1))
                .initialPermits(0)
                .timeSource(automatic)
                .build();
        CombinedLimiter all = RateLimiter.allOf(soon, late);
        assertFalse(all.tryAcquire(Deadline.after(SECOND.multipliedBy(30), automatic), 1, 1));
        assertEquals(0, automatic.nanoTime(), "it waited in vain");
        assertTrue(all.tryAcquire(Deadline.after(SECOND.multipliedBy(60), automatic), 1, 1));
    }

    @Test
    void who_is_rejected_is_not_told_to_come_at_once() {
        ScriptedTime ticking = new ScriptedTime();
        TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1))
                .initialPermits(0)
                .timeSource(ticking)
                .build();
        ticking.inReading(1, () -> ticking.manual.advance(SECOND));
        CombinedLimiter.Combined answer = RateLimiter.allOf(bucket).check(new long[] {1});
        assertFalse(answer.decision().admitted());
        assertEquals(Duration.ofNanos(1), answer.decision().retryAfter());
    }

    // ---- as a limiter

    @Test
    void one_number_is_for_each_limit() throws Exception {
        assertTrue(both.tryAcquire(2));
        assertEquals(
                List.of(0L, 998L),
                List.of(requests.peek(0).remaining(), bytes.peek(0).remaining()));
        assertEquals(
                new Decision(false, 0, Duration.ofMillis(500), SECOND),
                both.check(1),
                "the longest of all, and the least");
        assertEquals(2, both.rate().burst());
        both.refund(1);
        assertEquals(1, both.tryAcquireUpTo(5));
        assertEquals(998, bytes.drain());
        both.charge(1);
        assertEquals(Duration.ofSeconds(1), both.peek(1).retryAfter());
        assertEquals(Duration.ofSeconds(1), requests.peek(1).retryAfter());
    }

    @Test
    void requests_count_by_their_first_limit() throws Exception {
        assertTrue(both.tryAcquire(2, 500));
        assertFalse(both.tryAcquire(1, 1));
        assertFalse(both.check(1).admitted());
        assertFalse(both.tryAcquire(1, Duration.ofMillis(1)));
        assertEquals(new Counts(2, 3, 0, Duration.ZERO, 1, 0), Counts.of(both));
        assertEquals(0, both.metrics().available());
        requests.refund(2);
        assertEquals(2, both.metrics().available());
        assertEquals(2, both.drain());
        assertEquals(4, both.metrics().admitted());
    }

    @Test
    void a_future_stands_in_one_line_after_the_other_and_holds_nothing_of_the_others() throws Exception {
        TokenBucket slow = bucket(Rate.of(1, Duration.ofSeconds(2)));
        CombinedLimiter all = RateLimiter.allOf(requests, slow);
        assertTrue(all.tryAcquire(1));
        requests.drain();
        CompletableFuture<?> future = all.acquireAsync();
        assertEquals(1, slow.metrics().waiters());
        time.advance(SECOND);
        assertTrue(requests.tryAcquire(2), "nothing is held");
        time.advance(SECOND.minusMillis(500));
        assertTrue(requests.tryAcquire(1));
        time.advance(Duration.ofMillis(500)); // slow grants, and requests has one again
        future.join();
        assertEquals(new Counts(2, 0, 1, Duration.ofSeconds(2), 0, 0), Counts.of(all));
        CompletableFuture<?> second = all.acquireAsync();
        requests.drain();
        requests.charge(4);
        time.advance(Duration.ofSeconds(2)); // slow grants and gets it back, as requests refuses
        Call.until(() -> requests.metrics().waiters() == 1);
        assertTrue(slow.tryAcquire());
        assertFalse(second.isDone());
        slow.refund(1);
        time.advance(SECOND);
        second.join();
    }

    @Test
    void keys_views_remote_and_other_combined_limits_are_limits_too() throws Exception {
        KeyedRateLimiter<String> users = KeyedRateLimiter.<String>builder(Rate.perSecond(1))
                .timeSource(time)
                .build();
        TokenBucket tenants = TokenBucket.builder(Rate.perSecond(10))
                .priorities(SECOND)
                .timeSource(time)
                .build();
        CombinedLimiter all =
                RateLimiter.allOf(users.limiter("alice"), RateLimiter.allOf(tenants.withPriority(1), requests));
        assertTrue(all.tryAcquire());
        assertEquals(
                List.of(9L, 1L),
                List.of(tenants.peek(0).remaining(), requests.peek(0).remaining()));
        CompletableFuture<?> future = all.acquireAsync();
        assertEquals(1, users.limiter("alice").metrics().waiters());
        time.advance(SECOND);
        future.join();
        tenants.drain();
        time.advance(SECOND);
        tenants.charge(11);
        Reservation inner = all.reserve(); // which stands in the line of the combined one
        assertEquals(Duration.ofMillis(200), inner.delay());
        time.advance(Duration.ofMillis(200));
        inner.await();
        assertThrows(
                IllegalArgumentException.class,
                () -> RateLimiter.allOf(users.limiter("bob"), RateLimiter.allOf(users.limiter("bob"))));
        RateLimiter.allOf(users.limiter("bob"), users.limiter("carol"));
    }

    @Test
    void a_view_for_a_priority_is_one_of_all_limits() throws Exception {
        TokenBucket urgentFirst = TokenBucket.builder(Rate.perSecond(1))
                .initialPermits(0)
                .priorities(Duration.ofHours(1))
                .timeSource(time)
                .build();
        CombinedLimiter all = RateLimiter.allOf(bytes, urgentFirst);
        CompletableFuture<?> patient = all.acquireAsync();
        CompletableFuture<?> urgent = all.withPriority(5).acquireAsync();
        assertEquals(2, all.metrics().waiters());
        time.advance(SECOND);
        urgent.join();
        assertFalse(patient.isDone());
        time.advance(SECOND);
        patient.join();
    }

    @Test
    void a_rate_is_replaced_in_the_limit_that_has_it() {
        requests.drain();
        CompletableFuture<?> future = both.acquireAsync(2);
        assertThrows(UnsupportedOperationException.class, () -> both.replaceRate(Rate.perSecond(1)));
        requests.replaceRate(Rate.perSecond(100).withBurst(1));
        assertInstanceOf(
                RejectedExecutionException.class,
                assertThrows(CompletionException.class, future::join).getCause());
        assertEquals(1_000, bytes.drain());
        assertEquals(1, both.metrics().abandoned());
    }

    @Test
    void a_future_that_is_cancelled_has_left_before_its_dependents_run() {
        requests.drain();
        CompletableFuture<?> future = both.acquireAsync();
        CompletableFuture<Integer> seen = future.handle((granted, failure) ->
                requests.metrics().waiters() + both.metrics().waiters());
        assertTrue(future.cancel(false));
        assertEquals(0, seen.join());
        assertTrue(both.acquireAsync().complete(null));
        time.advance(SECOND);
        assertEquals(2, requests.drain());
        assertEquals(1_000, bytes.drain());
    }

    @Test
    void waits_for_futures_and_reservations_move_a_clock_that_advances_by_itself() throws Exception {
        ManualTimeSource automatic = ManualTimeSource.autoAdvancing();
        CombinedLimiter all = RateLimiter.allOf(
                TokenBucket.builder(Rate.perSecond(1))
                        .initialPermits(0)
                        .timeSource(automatic)
                        .build(),
                TokenBucket.builder(Rate.perSecond(1))
                        .initialPermits(0)
                        .timeSource(automatic)
                        .build());
        all.acquireAsync().get();
        all.acquireAsync().join();
        all.reserve().await();
        assertTrue(all.reserve().await(SECOND));
        assertEquals(Duration.ofSeconds(4).toNanos(), automatic.nanoTime());
        assertFalse(all.reserve().await(Duration.ofMillis(1)));
    }

    @Test
    void dependents_have_the_context_of_their_own_call() {
        requests.drain();
        List<CompletableFuture<String>> seen = new ArrayList<>();
        for (String user : List.of("alice", "bob")) {
            MDC.put("user", user);
            seen.add(both.acquireAsync().thenApply(nothing -> MDC.get("user")));
        }
        MDC.clear();
        time.advance(SECOND);
        assertEquals(
                List.of("alice", "bob"),
                seen.stream().map(CompletableFuture::join).toList());
    }

    /** A limit that says that it would admit, and refuses; and one whose refund fails. */
    @Test
    void a_refund_that_fails_keeps_no_permits_of_the_other_limits() {
        RateLimiter first = RateLimiter.of(Rate.perHour(10));
        RateLimiter third = RateLimiter.of(Rate.perHour(10));
        IllegalStateException broken = new IllegalStateException("broken");
        IllegalStateException brokenToo = new IllegalStateException("broken, too");
        CombinedLimiter limits = RateLimiter.allOf(
                but(first, "refund", () -> {
                    throw broken;
                }),
                but(third, "refund", () -> {
                    third.refund(2);
                    throw brokenToo;
                }),
                but(RateLimiter.of(Rate.perHour(10)), "tryAcquire", () -> false));
        assertSame(broken, assertThrows(IllegalStateException.class, () -> limits.tryAcquire(1, 2, 3)));
        assertEquals(List.of(brokenToo), List.of(broken.getSuppressed()));
        assertEquals(10, third.drain());
    }

    private static RateLimiter but(RateLimiter limiter, String method, Supplier<Object> instead) {
        return (RateLimiter) Proxy.newProxyInstance(
                RateLimiter.class.getClassLoader(),
                new Class<?>[] {RateLimiter.class},
                (proxy, called, arguments) ->
                        called.getName().equals(method) ? instead.get() : called.invoke(limiter, arguments));
    }
}
