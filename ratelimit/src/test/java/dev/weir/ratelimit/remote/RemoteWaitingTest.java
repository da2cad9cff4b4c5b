package dev.weir.ratelimit.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.Reservation;
import dev.weir.ratelimit.ScriptedTime;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that wait for permits. */
@Timeout(60)
class RemoteWaitingTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Rate RATE = Rate.perSecond(1).withBurst(5);

    private final ManualTimeSource time = new ManualTimeSource();
    private final MemoryBuckets buckets = new MemoryBuckets(time);
    private final RemoteRateLimiter limiter =
            RemoteRateLimiter.builder(buckets, "key", RATE).timeSource(time).build();

    /**
     * Starts a caller that waits in the line at that place. Its thread is a virtual one: that is not at rest from when
     * it is woken until it waits anew.
     */
    private <T> Call<T> inLine(java.util.concurrent.Callable<T> body) {
        int before = limiter.metrics().waiters();
        Call<T> call = Call.start(body);
        Call.until(() -> limiter.metrics().waiters() > before || call.isDone());
        call.assertRests(); // its trip is over, whose time-out would be taken for its wait otherwise
        return call;
    }

    private Call<Void> acquire(long permits) {
        return inLine(() -> {
            limiter.acquire(permits);
            return null;
        });
    }

    private void empty() {
        assertEquals(5, limiter.drain());
    }

    @Test
    void acquire_takes_what_is_there_in_one_trip() throws Exception {
        limiter.acquire(5);
        assertEquals(List.of("line[5]"), buckets.calls());
        assertEquals(0, limiter.metrics().waiters());
    }

    @Test
    void acquire_waits_for_the_time_that_the_store_names_and_asks_once_more() throws Exception {
        empty();
        Call<Void> call = acquire(2);
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(2).minusNanos(1));
        assertFalse(call.isDone());
        time.advance(Duration.ofNanos(1));
        call.result();
        assertEquals(List.of("upTo[" + Long.MAX_VALUE + "]", "line[2]", "line[2]"), buckets.calls());
    }

    /** The store answers before its call returns, and so on the thread of the head, which has reckoned its park. */
    @Test
    void a_head_that_brings_itself_a_refusal_waits_for_the_time_that_it_names() throws Exception {
        empty();
        Call<Void> call = acquire(1);
        for (int i = 0; i < 3; i++) { // another process is faster each time
            time.awaitWaiters(1);
            buckets.bucket("key").charge(1);
            time.advance(SECOND);
            call.assertRests();
        }
        time.awaitWaiters(1);
        time.advance(SECOND);
        call.result();
    }

    @Test
    void waiters_are_served_in_their_order_and_asked_for_together() throws Exception {
        empty();
        List<Integer> served = new CopyOnWriteArrayList<>();
        List<Call<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            calls.add(inLine(() -> {
                limiter.acquire();
                served.add(number);
                return null;
            }));
        }
        for (int i = 0; i < 4; i++) {
            time.awaitWaiters(1);
            time.advance(SECOND);
            calls.get(i).result();
        }
        assertEquals(List.of(0, 1, 2, 3), served);
        time.advance(Duration.ofSeconds(5));
        CompletableFuture<?> first = limiter.acquireAsync(5);
        CompletableFuture<?> second = limiter.acquireAsync(1);
        CompletableFuture<?> third = limiter.acquireAsync(2);
        assertTrue(first.isDone());
        int calledBefore = buckets.calls().size();
        time.advance(Duration.ofSeconds(3));
        second.join();
        third.join();
        List<String> since =
                buckets.calls().subList(calledBefore, buckets.calls().size());
        assertTrue(since.contains("line[1, 2]"), since.toString());
    }

    @Test
    void nobody_of_this_process_overtakes_those_that_wait_or_makes_a_trip_for_it() throws Exception {
        empty();
        Call<Void> large = acquire(5);
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(3));
        int trips = buckets.calls().size();
        assertFalse(limiter.tryAcquire());
        assertEquals(0, limiter.tryAcquireUpTo(3));
        assertEquals(0, limiter.drain());
        assertEquals(Duration.ofSeconds(3), limiter.check(1).retryAfter());
        assertEquals(trips, buckets.calls().size());
        time.advance(Duration.ofSeconds(2));
        large.result();
    }

    @Test
    void a_timed_wait_that_would_be_in_vain_ends_with_the_answer() throws Exception {
        empty();
        assertFalse(limiter.tryAcquire(2, Duration.ofSeconds(2).minusNanos(1)));
        assertEquals(0, limiter.metrics().waiters());
        Call<Boolean> just = inLine(() -> limiter.tryAcquire(2, Duration.ofSeconds(2)));
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(2));
        assertTrue(just.result());
    }

    @Test
    void a_timed_wait_behind_others_ends_when_its_time_is_over() throws Exception {
        empty();
        Call<Void> first = acquire(5);
        time.awaitWaiters(1);
        Call<Boolean> second = inLine(() -> limiter.tryAcquire(1, Duration.ofSeconds(2)));
        time.awaitWaiters(2);
        time.advance(Duration.ofSeconds(2));
        assertFalse(second.result());
        time.advance(Duration.ofSeconds(3));
        first.result();
        assertEquals(0, buckets.available("key"));
    }

    @Test
    void an_interrupt_before_the_wait_sends_nothing() throws Exception {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, limiter::acquire);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> limiter.tryAcquire(SECOND));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> limiter.tryAcquire(Duration.ZERO));
        assertFalse(Thread.interrupted());
        assertEquals(List.of(), buckets.calls());
    }

    @Test
    void an_interrupt_while_a_trip_is_under_way_gives_back_what_it_brings() throws Exception {
        buckets.hold();
        Call<Void> call = acquire(3);
        Call.until(() -> buckets.held() == 1);
        call.interrupt();
        call.assertThrew(InterruptedException.class);
        assertEquals(2, buckets.available("key"));
        buckets.answer();
        buckets.release();
        assertEquals(5, buckets.available("key"));
        assertEquals(3, limiter.remoteMetrics().refundedLate());
    }

    @Test
    void what_was_on_its_way_for_one_that_left_goes_to_those_behind_it() throws Exception {
        buckets.hold();
        Call<Void> leaver = acquire(3);
        Call.until(() -> buckets.held() == 1);
        Call<Void> next = acquire(2);
        leaver.interrupt();
        leaver.assertThrew(InterruptedException.class);
        buckets.answer();
        buckets.release();
        next.result();
        Call.until(() -> buckets.available("key") == 3);
    }

    @Test
    void an_interrupt_of_the_head_lets_those_behind_it_move_up() throws Exception {
        empty();
        Call<Void> head = acquire(5);
        time.awaitWaiters(1);
        Call<Void> next = acquire(1);
        time.advance(SECOND);
        head.interrupt();
        head.assertThrew(InterruptedException.class);
        next.result();
        assertEquals(0, buckets.available("key"));
    }

    @Test
    void an_uninterruptible_wait_leaves_the_interrupt_for_later() throws Exception {
        empty();
        Call<Void> call = inLine(() -> {
            limiter.acquireUninterruptibly();
            return null;
        });
        time.awaitWaiters(1);
        call.interrupt();
        call.assertRests();
        time.awaitWaiters(1);
        time.advance(SECOND);
        call.result();
        assertTrue(call.wasInterruptedAtEnd());
    }

    @Test
    void a_future_needs_no_thread_that_waits() throws Exception {
        empty();
        CompletableFuture<?> future = limiter.acquireAsync(2);
        time.advance(Duration.ofSeconds(2).minusNanos(1));
        assertFalse(future.isDone());
        time.advance(Duration.ofNanos(1));
        assertTrue(future.isDone());
        future.join();
    }

    @Test
    void a_future_that_is_cancelled_takes_nothing() {
        buckets.hold();
        CompletableFuture<?> future = limiter.acquireAsync(3);
        assertTrue(future.cancel(true));
        buckets.answer();
        buckets.release();
        assertEquals(5, buckets.available("key"));
    }

    @Test
    void a_reservation_is_granted_awaited_and_cancelled() throws Exception {
        Reservation granted = limiter.reserve(3);
        assertTrue(granted.isGranted());
        assertTrue(granted.cancel());
        assertEquals(5, buckets.available("key"));
        empty();
        Reservation later = limiter.reserve(2);
        assertEquals(Duration.ofSeconds(2), later.delay());
        Reservation last = limiter.reserve(1);
        assertEquals(Duration.ofSeconds(3), last.delay());
        assertTrue(last.cancel());
        assertThrows(CancellationException.class, last::await);
        time.advance(Duration.ofSeconds(2));
        assertTrue(later.await(Duration.ZERO));
        assertEquals(0, buckets.available("key"));
    }

    @Test
    void a_refund_of_this_process_has_the_line_ask_at_once() throws Exception {
        empty();
        Call<Void> call = acquire(2);
        time.awaitWaiters(1);
        limiter.refund(2);
        call.result();
    }

    @Test
    void a_pause_holds_the_line_and_ends_by_itself() throws Exception {
        limiter.pauseFor(SECOND);
        Call<Void> call = acquire(1);
        CompletableFuture<?> future = limiter.acquireAsync();
        time.awaitWaiters(1);
        assertEquals(List.of(), buckets.calls());
        time.advance(SECOND);
        call.result();
        future.join();
    }

    @Test
    void a_rate_whose_burst_is_too_small_ends_the_wait() throws Exception {
        empty();
        Call<Void> large = acquire(5);
        Call<Void> small = acquire(1);
        time.awaitWaiters(1);
        limiter.replaceRate(RATE.withBurst(2));
        assertInstanceOf(RejectedExecutionException.class, large.failure());
        small.assertRests(); // nobody's trip is under way any more
        time.awaitWaiters(1);
        time.advance(SECOND);
        small.result();
    }

    @Test
    void a_burst_that_another_process_made_too_small_ends_the_wait_as_well() throws Exception {
        RemoteRateLimiter newer = RemoteRateLimiter.builder(buckets, "key", RATE.withBurst(2))
                .generation(1)
                .timeSource(time)
                .build();
        assertTrue(newer.tryAcquire());
        Call<Void> large = acquire(5);
        assertInstanceOf(RejectedExecutionException.class, large.failure());
        assertEquals(
                "the rate was replaced in the store by one whose burst is too small",
                large.failure().getMessage());
    }

    @Test
    void one_more_than_may_wait_is_refused() throws Exception {
        RemoteRateLimiter narrow = RemoteRateLimiter.builder(buckets, "key", RATE)
                .timeSource(time)
                .maxWaiters(1)
                .build();
        empty();
        CompletableFuture<?> waits = narrow.acquireAsync();
        assertThrows(RejectedExecutionException.class, narrow::acquire);
        assertFalse(narrow.tryAcquire(SECOND));
        waits.cancel(false);
    }

    @Test
    void processes_that_wait_share_what_grows() throws Exception {
        RemoteRateLimiter other =
                RemoteRateLimiter.builder(buckets, "key", RATE).timeSource(time).build();
        empty();
        CompletableFuture<?> here = limiter.acquireAsync();
        CompletableFuture<?> there = other.acquireAsync();
        time.advance(SECOND);
        assertEquals(1, (here.isDone() ? 1 : 0) + (there.isDone() ? 1 : 0));
        time.advance(SECOND);
        here.join();
        there.join();
    }

    /** The head has handed the look at the clock over to the trip, which did not get off. */
    @Test
    void a_clock_that_throws_once_as_a_trip_is_sent_leaves_nobody_waiting() throws Exception {
        AtomicBoolean throwsOnce = new AtomicBoolean();
        ScriptedTime clock = new ScriptedTime(time) {
            @Override
            public long nanoTime() {
                if (throwsOnce.get() && isInSendNext() && throwsOnce.compareAndSet(true, false)) {
                    throw new IllegalStateException("expected by this test");
                }
                return super.nanoTime();
            }
        };
        RemoteRateLimiter its = RemoteRateLimiter.builder(buckets, "key", RATE)
                .timeSource(clock)
                .build();
        its.drain();
        CompletableFuture<Void> waits = its.acquireAsync();
        time.awaitWaiters(1);
        throwsOnce.set(true);
        try (CapturedLog log = CapturedLog.of(RemoteRateLimiter.class)) {
            time.advance(SECOND);
            Call.until(() -> !log.lines().isEmpty());
            assertEquals(List.of("ERROR a trip to the store could not be sent expected by this test"), log.lines());
        }
        Call.until(() -> {
            time.advance(SECOND);
            return waits.isDone();
        });
        waits.join();
    }

    private static boolean isInSendNext() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getMethodName().equals("sendNext")));
    }
}
