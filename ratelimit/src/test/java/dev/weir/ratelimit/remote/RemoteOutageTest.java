package dev.weir.ratelimit.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RemoteOutageTest {
    private static final Rate RATE = Rate.perSecond(10);
    private static final Duration TIMEOUT = Duration.ofMillis(500);

    private final ManualTimeSource time = new ManualTimeSource();
    private final MemoryBuckets buckets = new MemoryBuckets(time);
    private final List<String> events = new CopyOnWriteArrayList<>();

    private RemoteRateLimiter limiter(OutagePolicy policy) {
        return RemoteRateLimiter.builder(buckets, "key", RATE)
                .timeSource(time)
                .onOutage(policy)
                .storeListener(new RemoteRateLimiterListener() {
                    @Override
                    public void onUnavailable(Throwable cause) {
                        events.add("unavailable: " + cause.getMessage());
                    }

                    @Override
                    public void onRecovered(Duration after) {
                        events.add("recovered after " + after);
                        throw new IllegalStateException("a listener that throws harms nobody");
                    }
                })
                .build();
    }

    /** Begins an outage by a caller whose call times out. */
    private void hang(RemoteRateLimiter limiter) throws Exception {
        buckets.hold();
        Call<Boolean> victim = Call.thatWaits(limiter::tryAcquire);
        Call.until(() -> buckets.held() == 1);
        time.awaitWaiters(1);
        time.advance(TIMEOUT);
        victim.result();
        Call.until(() -> limiter.remoteMetrics().unavailable());
    }

    /** Has the probe come through. */
    private void recover(RemoteRateLimiter limiter) {
        buckets.answer();
        time.advance(RemoteStore.PROBE_INTERVAL);
        assertFalse(limiter.remoteMetrics().unavailable());
    }

    @Test
    void callers_in_flight_pay_the_time_out_once_and_later_ones_nothing() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.refuse());
        buckets.hold();
        List<Call<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            calls.add(Call.thatWaits(limiter::tryAcquire));
        }
        time.awaitWaiters(64);
        time.advance(TIMEOUT.minusNanos(1));
        assertFalse(calls.get(0).isDone());
        time.advance(Duration.ofNanos(1));
        for (Call<Boolean> call : calls) {
            assertFalse(call.result());
        }
        assertFalse(limiter.tryAcquire());
        assertEquals(0, limiter.tryAcquireUpTo(1));
        assertFalse(limiter.check().admitted());
        assertFalse(limiter.peek().admitted());
        assertEquals(1, buckets.calls().size(), "no call is sent but probes");
    }

    @Test
    void one_probe_at_a_time_asks_and_its_answer_ends_the_outage() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.refuse());
        hang(limiter);
        time.advance(RemoteStore.PROBE_INTERVAL);
        assertEquals(2, buckets.held(), "the probe");
        time.advance(TIMEOUT.minusNanos(1));
        assertEquals(2, buckets.held());
        time.advance(Duration.ofNanos(1));
        assertEquals(2, buckets.held());
        recover(limiter);
        assertTrue(limiter.tryAcquire());
        Call.until(() -> events.size() == 2);
        assertEquals(List.of("unavailable: the store did not answer within PT0.5S", "recovered after PT0.7S"), events);
    }

    @Test
    void an_answer_that_comes_too_late_gives_back_what_it_took() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.refuse());
        assertTrue(limiter.tryAcquire(9));
        hang(limiter);
        assertEquals(5, buckets.available("key"), "as many have grown in half a second");
        buckets.answer();
        buckets.release();
        assertEquals(6, buckets.available("key"));
        assertEquals(1, limiter.remoteMetrics().refundedLate());
    }

    @Test
    void a_late_answer_for_the_line_is_given_back_as_well() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.refuse());
        assertTrue(limiter.tryAcquire(6));
        buckets.hold();
        CompletableFuture<?> future = limiter.acquireAsync(4);
        time.advance(TIMEOUT);
        assertInstanceOf(
                RejectedExecutionException.class,
                assertThrows(ExecutionException.class, future::get).getCause());
        buckets.answer();
        buckets.release();
        assertEquals(9, buckets.available("key"), "5 that have grown, and 4");
    }

    @Test
    void those_that_wait_are_refused_as_well() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.refuse());
        assertEquals(10, limiter.drain());
        buckets.fail(new IllegalStateException("OOM command not allowed"));
        Call<Void> call = Call.run(limiter::acquire);
        assertEquals("the store of the permits is unavailable", call.failure().getMessage());
        assertFalse(limiter.tryAcquire(Duration.ofSeconds(5)));
        assertTrue(limiter.acquireAsync().isCompletedExceptionally());
        assertThrows(RejectedExecutionException.class, limiter::acquireUninterruptibly);
        Call.until(() -> events.size() == 1);
        assertEquals(List.of("unavailable: OOM command not allowed"), events);
        recover(limiter);
        time.advance(Duration.ofSeconds(1));
        limiter.acquire();
    }

    @Test
    void a_waiter_whose_next_trip_fails_does_not_wait_for_ever() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.refuse());
        assertEquals(10, limiter.drain());
        Call<Void> call = Call.thatWaits(() -> {
            limiter.acquire();
            return null;
        });
        time.awaitWaiters(1);
        buckets.hold();
        time.advance(Duration.ofMillis(100));
        Call.until(() -> buckets.held() == 1);
        time.advance(TIMEOUT);
        assertInstanceOf(RejectedExecutionException.class, call.failure());
    }

    @Test
    void admit_admits_everything_meanwhile() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.admit());
        buckets.fail(new IllegalStateException("READONLY"));
        for (int i = 0; i < 30; i++) {
            assertTrue(limiter.tryAcquire());
        }
        assertTrue(limiter.peek(10).admitted());
        assertEquals(10, limiter.tryAcquireUpTo(20));
        limiter.acquire(10);
        limiter.acquireAsync(10).join();
        recover(limiter);
        assertTrue(limiter.tryAcquire(10));
        assertFalse(limiter.tryAcquire());
    }

    @Test
    void a_local_share_starts_empty_and_is_taken_from_the_store_afterwards() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.localShare(2));
        buckets.fail(new IllegalStateException("connection refused"));
        assertFalse(limiter.tryAcquire(), "empty");
        time.advance(Duration.ofMillis(400)); // two at half the rate, as each probe fails
        assertTrue(limiter.tryAcquire());
        assertEquals(1, limiter.tryAcquireUpTo(5));
        assertFalse(limiter.tryAcquire());
        assertEquals(Duration.ofMillis(200), limiter.peek().retryAfter());
        assertEquals(-1, buckets.available("key"));
        recover(limiter);
        assertEquals(8, buckets.available("key"), "10 in the store, of which 2 are taken");
        assertTrue(limiter.tryAcquire(8));
        assertFalse(limiter.tryAcquire());
    }

    @Test
    void those_that_wait_for_a_local_share_go_on_with_the_store() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.localShare(10));
        buckets.fail(new IllegalStateException("connection refused"));
        assertFalse(limiter.tryAcquire());
        CompletableFuture<?> first = limiter.acquireAsync();
        CompletableFuture<?> second = limiter.acquireAsync();
        time.advance(Duration.ofMillis(999));
        assertFalse(first.isDone());
        time.advance(Duration.ofMillis(1));
        first.join();
        assertFalse(second.isDone());
        recover(limiter);
        second.join();
        assertEquals(8, buckets.available("key"));
    }

    @Test
    void a_local_share_refuses_what_is_above_its_burst() {
        RemoteRateLimiter limiter = limiter(OutagePolicy.localShare(5));
        buckets.fail(new IllegalStateException("connection refused"));
        assertFalse(limiter.tryAcquire(3));
        assertThrows(RejectedExecutionException.class, () -> limiter.acquire(3));
    }

    @Test
    void a_local_share_of_several_limits_keeps_to_all_of_them_and_is_taken_from_each() {
        RemoteRateLimiter both = RemoteRateLimiter.allOf(buckets, Map.of("second", RATE, "minute", Rate.perMinute(120)))
                .timeSource(time)
                .onOutage(OutagePolicy.localShare(2))
                .build();
        buckets.fail(new IllegalStateException("connection refused"));
        assertFalse(both.tryAcquire());
        time.advance(Duration.ofSeconds(2)); // 10 at 5/s, but at most a burst of 5; and 2 at 1/s
        assertEquals(2, both.peek(0).remaining());
        assertTrue(both.tryAcquire(2));
        assertFalse(both.tryAcquire());
        time.advance(Duration.ofSeconds(2));
        assertEquals(2, both.tryAcquireUpTo(5));
        buckets.answer();
        time.advance(RemoteStore.PROBE_INTERVAL);
        assertFalse(both.remoteMetrics().unavailable());
        assertEquals(6, buckets.available("second"));
        assertEquals(116, buckets.available("minute"));
    }

    @Test
    void a_probe_of_a_bucket_that_cannot_be_used_ends_the_outage() throws Exception {
        RemoteRateLimiter limiter = limiter(OutagePolicy.refuse());
        buckets.fail(new IllegalStateException("connection refused"));
        assertFalse(limiter.tryAcquire());
        buckets.fail(new IllegalStateException("WRONGTYPE"));
        time.advance(RemoteStore.PROBE_INTERVAL);
        assertFalse(limiter.remoteMetrics().unavailable());
    }

    @Test
    void a_failure_is_counted_once() {
        RemoteRateLimiter limiter = limiter(OutagePolicy.refuse());
        buckets.fail(new IllegalStateException("first"));
        assertFalse(limiter.tryAcquire());
        recover(limiter);
        assertTrue(limiter.tryAcquire());
        assertEquals(1, limiter.remoteMetrics().failed());
    }

    @Test
    void keys_pay_for_an_outage_together() throws Exception {
        KeyedRemoteRateLimiter keyed =
                KeyedRemoteRateLimiter.builder(buckets, RATE).timeSource(time).build();
        hang(keyed.forKey("one"));
        assertFalse(keyed.forKey("two").tryAcquire());
        assertEquals(1, buckets.calls().size());
        assertTrue(keyed.remoteMetrics().unavailable());
    }

    @Test
    void a_call_of_an_earlier_outage_says_nothing_about_now() {
        Availability availability = new Availability();
        assertTrue(availability.failed(0));
        assertFalse(availability.failed(0), "it has begun");
        assertFalse(availability.failed(1), "a probe that fails");
        assertTrue(availability.answered(1));
        assertFalse(availability.failed(0), "a call of before");
        assertFalse(availability.isUnavailable());
    }
}
