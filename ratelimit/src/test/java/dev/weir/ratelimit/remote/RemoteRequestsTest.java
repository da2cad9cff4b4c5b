package dev.weir.ratelimit.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Times;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Counts;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.KeyedRateLimiterMetrics;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.Settlement;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that do not wait for permits. */
@Timeout(60)
class RemoteRequestsTest {
    private static final Rate RATE = Rate.perSecond(10);

    private final ManualTimeSource time = new ManualTimeSource();
    private final MemoryBuckets buckets = new MemoryBuckets(time);
    private final RemoteRateLimiter limiter =
            RemoteRateLimiter.builder(buckets, "key", RATE).timeSource(time).build();

    @Test
    void a_decision_is_one_trip() {
        for (int i = 0; i < 10; i++) {
            assertTrue(limiter.tryAcquire());
        }
        assertFalse(limiter.tryAcquire());
        assertEquals(11, buckets.calls().size());
        assertEquals(11, limiter.remoteMetrics().trips());
        assertEquals(new Counts(10, 1, 0, Duration.ZERO, 0, 0), Counts.of(limiter));
    }

    @Test
    void two_limiters_share_the_bucket_of_a_key() {
        RemoteRateLimiter other =
                RemoteRateLimiter.builder(buckets, "key", RATE).timeSource(time).build();
        assertTrue(limiter.tryAcquire(7));
        assertFalse(other.tryAcquire(4));
        assertTrue(other.tryAcquire(3));
    }

    @Test
    void callers_that_come_while_a_trip_is_under_way_share_the_next() throws Exception {
        buckets.hold();
        List<Call<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            calls.add(Call.thatWaits(limiter::tryAcquire));
        }
        assertEquals(List.of("take[1]"), buckets.calls());
        buckets.release();
        assertEquals("take[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", buckets.calls().get(1));
        buckets.release();
        int admitted = 0;
        for (Call<Boolean> call : calls) {
            admitted += call.result() ? 1 : 0;
        }
        assertEquals(10, admitted);
        assertEquals(2, limiter.remoteMetrics().trips());
    }

    @Test
    void a_trip_carries_a_bounded_number_of_requests() throws Exception {
        buckets.hold();
        List<Call<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 130; i++) {
            calls.add(Call.thatWaits(limiter::tryAcquire));
        }
        buckets.answer();
        buckets.release();
        for (Call<Boolean> call : calls) {
            call.result();
        }
        assertEquals(3, limiter.remoteMetrics().trips(), "1, then 128, then 1");
    }

    @Test
    void an_interrupt_does_not_end_the_wait_for_an_answer_and_stays() throws Exception {
        buckets.hold();
        Call<Boolean> call = Call.thatWaits(limiter::tryAcquire);
        call.interrupt();
        call.assertRests();
        assertFalse(call.isDone());
        buckets.release();
        assertTrue(call.result());
        assertTrue(call.wasInterruptedAtEnd());
    }

    @Test
    void no_permits_are_granted_without_a_trip() throws Exception {
        assertTrue(limiter.tryAcquire(0));
        limiter.acquire(0);
        assertEquals(0, limiter.tryAcquireUpTo(0));
        assertTrue(limiter.acquireAsync(0).isDone());
        assertTrue(limiter.reserve(0).isGranted());
        limiter.refund(0);
        limiter.charge(0);
        assertEquals(List.of(), buckets.calls());
    }

    @Test
    void what_can_never_be_granted_is_refused_by_name() {
        String message = assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire(11))
                .getMessage();
        assertEquals("permits must be from 0 to the burst of 10, but is 11", message);
        assertThrows(IllegalArgumentException.class, () -> limiter.acquire(11));
        assertThrows(IllegalArgumentException.class, () -> limiter.acquireAsync(-1));
        assertThrows(IllegalArgumentException.class, () -> limiter.reserve(11));
        assertThrows(IllegalArgumentException.class, () -> limiter.check(11));
        assertThrows(IllegalArgumentException.class, () -> limiter.peek(-1));
        assertThrows(IllegalArgumentException.class, () -> limiter.refund(-1));
        assertThrows(IllegalArgumentException.class, () -> limiter.charge(-1));
        assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquireUpTo(-1));
    }

    @Test
    void builders_refuse_bad_settings_by_name() {
        RemoteRateLimiter.Builder builder = RemoteRateLimiter.builder(buckets, "key", RATE);
        assertThrows(IllegalArgumentException.class, () -> builder.timeout(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> builder.timeout(Duration.ofDays(2)));
        assertThrows(IllegalArgumentException.class, () -> builder.generation(-1));
        assertThrows(IllegalArgumentException.class, () -> OutagePolicy.localShare(0));
        assertThrows(NullPointerException.class, () -> RemoteRateLimiter.builder(buckets, null, RATE));
        assertEquals(
                "RemoteRateLimiter.Builder[" + RATE + ", timeout=PT0.5S, OutagePolicy[refuse]]", builder.toString());
    }

    @Test
    void up_to_takes_what_is_there() {
        assertEquals(4, limiter.tryAcquireUpTo(4));
        assertEquals(6, limiter.tryAcquireUpTo(Long.MAX_VALUE));
        assertEquals(0, limiter.tryAcquireUpTo(1));
        time.advance(Duration.ofMillis(200));
        assertEquals(2, limiter.drain());
    }

    @Test
    void check_reports_what_the_store_does() {
        assertEquals(new Decision(true, 3, Duration.ZERO, Duration.ofMillis(700)), limiter.check(7));
        assertEquals(new Decision(false, 3, Duration.ofMillis(200), Duration.ofMillis(700)), limiter.check(5));
        assertEquals(new Decision(false, 3, Duration.ofMillis(200), Duration.ofMillis(700)), limiter.peek(5));
        time.advance(Duration.ofMillis(200));
        assertTrue(limiter.tryAcquire(5));
    }

    @Test
    void refunds_and_charges_are_sent_and_not_waited_for() {
        assertTrue(limiter.tryAcquire(10));
        buckets.hold();
        limiter.refund(4);
        limiter.charge(6);
        assertEquals(2, buckets.held());
        buckets.answer();
        time.advance(Duration.ofMillis(299));
        assertFalse(limiter.tryAcquire());
        time.advance(Duration.ofMillis(1));
        assertTrue(limiter.tryAcquire());
    }

    @Test
    void an_estimate_is_settled_with_the_store() throws Exception {
        Settlement settlement = limiter.acquireEstimate(8);
        settlement.settle(3);
        assertEquals(7, buckets.available("key"));
        limiter.acquireEstimate(1).settle(5);
        assertEquals(2, buckets.available("key"));
    }

    @Test
    void several_remote_limits_are_combined() {
        RemoteRateLimiter other = RemoteRateLimiter.builder(buckets, "other", RATE.withBurst(3))
                .timeSource(time)
                .build();
        var both = RateLimiter.allOf(limiter, other);
        assertTrue(both.tryAcquire(1, 3));
        assertFalse(both.tryAcquire(1, 3));
        assertEquals(9, buckets.available("key"));
    }

    @Test
    void several_limits_are_met_all_or_none_in_one_trip() throws Exception {
        RemoteRateLimiter both = RemoteRateLimiter.allOf(
                        buckets, Map.of("second", RATE, "day", Rate.of(15, Duration.ofDays(1))))
                .timeSource(time)
                .build();
        assertEquals(RATE, both.rate());
        assertTrue(both.tryAcquire(8));
        assertFalse(both.tryAcquire(8));
        assertEquals(Duration.ofMillis(500), both.peek(7).retryAfter());
        time.advance(Duration.ofSeconds(1));
        assertFalse(both.tryAcquire(8), "the day has 7");
        assertEquals(10, buckets.available("second"));
        both.acquire(7);
        assertEquals(3, buckets.available("second"));
        both.refund(1);
        assertTrue(both.reserve(1).isGranted());
        assertThrows(UnsupportedOperationException.class, () -> both.replaceRate(RATE.withBurst(3)));
        assertThrows(IllegalArgumentException.class, () -> both.tryAcquire(11));
    }

    @Test
    void a_store_that_takes_from_one_bucket_at_a_time_refuses_several_limits() {
        RemoteBuckets store = new MemoryBucketsThatMustNotWait();
        assertThrows(
                IllegalArgumentException.class,
                () -> RemoteRateLimiter.allOf(store, Map.of("second", RATE, "day", RATE)));
        assertThrows(IllegalArgumentException.class, () -> RemoteRateLimiter.allOf(buckets, Map.of()));
        RemoteRateLimiter.allOf(store, Map.of("one", RATE));
    }

    @Test
    void a_bucket_that_cannot_be_used_concerns_no_other_bucket_and_heals() throws Exception {
        KeyedRemoteRateLimiter keyed =
                KeyedRemoteRateLimiter.builder(buckets, RATE).timeSource(time).build();
        RemoteRateLimiter wrong = keyed.forKey("wrong");
        buckets.fail(new IllegalStateException("WRONGTYPE"));
        assertFalse(wrong.tryAcquire());
        assertFalse(wrong.tryAcquire(Duration.ofSeconds(1)));
        assertEquals(0, wrong.drain());
        assertFalse(wrong.peek().admitted());
        RejectedExecutionException thrown = assertThrows(RejectedExecutionException.class, wrong::acquire);
        assertEquals("the bucket of the permits cannot be used", thrown.getMessage());
        assertTrue(wrong.acquireAsync().isCompletedExceptionally());
        assertFalse(keyed.remoteMetrics().unavailable());
        assertEquals(6, keyed.remoteMetrics().failed());
        buckets.answer();
        assertTrue(keyed.forKey("other").tryAcquire());
        assertTrue(wrong.tryAcquire());
        RemoteRateLimiter admitting = RemoteRateLimiter.builder(buckets, "wrong", RATE)
                .timeSource(time)
                .onOutage(OutagePolicy.admit())
                .build();
        buckets.fail(new IllegalStateException("WRONGTYPE"));
        assertTrue(admitting.tryAcquire());
        admitting.acquire(10);
    }

    @Test
    void a_pause_is_this_processs_and_sends_nothing() {
        limiter.pauseFor(Duration.ofSeconds(1));
        assertFalse(limiter.tryAcquire());
        assertFalse(limiter.check().admitted());
        assertEquals(Duration.ofSeconds(1), limiter.peek().retryAfter());
        assertEquals(List.of(), buckets.calls());
        time.advance(Duration.ofSeconds(1));
        assertTrue(limiter.tryAcquire());
        limiter.pauseFor(Duration.ofSeconds(1));
        limiter.resume();
        assertTrue(limiter.tryAcquire());
    }

    @Test
    void the_newer_rate_holds_for_all_while_it_is_rolled_out() {
        RemoteRateLimiter old =
                RemoteRateLimiter.builder(buckets, "key", RATE).timeSource(time).build();
        assertTrue(limiter.tryAcquire(3));
        limiter.replaceRate(RATE.withBurst(5));
        limiter.replaceRate(RATE.withBurst(5)); // equal: it keeps its generation
        assertEquals(5, limiter.rate().burst());
        assertTrue(limiter.tryAcquire(1));
        assertFalse(old.tryAcquire(5), "the burst is 5, and 4 are there");
        assertTrue(old.tryAcquire(4));
        time.advance(Duration.ofSeconds(5));
        assertFalse(old.tryAcquire(6), "above the burst in the store");
        assertTrue(old.tryAcquire(5));
    }

    @Test
    void a_blocking_call_of_a_thread_that_brings_answers_is_refused() {
        RemoteBuckets store = new MemoryBucketsThatMustNotWait();
        RemoteRateLimiter here = RemoteRateLimiter.builder(store, "key", RATE).build();
        assertThrows(IllegalStateException.class, here::tryAcquire);
        assertThrows(IllegalStateException.class, here::acquire);
        assertThrows(IllegalStateException.class, here::acquireUninterruptibly);
        assertThrows(IllegalStateException.class, () -> here.tryAcquire(Duration.ofSeconds(1)));
        assertThrows(IllegalStateException.class, here::peek);
        assertThrows(IllegalStateException.class, () -> here.tryAcquireUpTo(1));
    }

    private static final class MemoryBucketsThatMustNotWait implements RemoteBuckets {
        @Override
        public java.util.concurrent.CompletionStage<List<Answer>> take(
                List<Bucket> buckets, long[] permits, boolean inOrder, long ahead) {
            throw new AssertionError("not to be called");
        }

        @Override
        public java.util.concurrent.CompletionStage<Answer> takeUpTo(List<Bucket> buckets, long most) {
            throw new AssertionError("not to be called");
        }

        @Override
        public java.util.concurrent.CompletionStage<Answer> peek(List<Bucket> buckets, long permits) {
            throw new AssertionError("not to be called");
        }

        @Override
        public java.util.concurrent.CompletionStage<Answer> refund(List<Bucket> buckets, long permits) {
            throw new AssertionError("not to be called");
        }

        @Override
        public java.util.concurrent.CompletionStage<Answer> charge(List<Bucket> buckets, long permits) {
            throw new AssertionError("not to be called");
        }

        @Override
        public void checkMayWait() {
            throw new IllegalStateException("it would wait for itself");
        }
    }

    @Test
    void a_key_has_one_limiter_while_it_is_in_use() {
        KeyedRemoteRateLimiter keyed =
                KeyedRemoteRateLimiter.builder(buckets, RATE).timeSource(time).build();
        RemoteRateLimiter one = keyed.forKey("one");
        assertSame(one, keyed.forKey("one"));
        assertTrue(one.tryAcquire(10));
        assertFalse(keyed.forKey("one").tryAcquire());
        assertTrue(keyed.forKey("two").tryAcquire());
        keyed.replaceRate(RATE.withBurst(3));
        assertEquals(3, one.rate().burst());
        assertEquals(3, keyed.forKey("three").rate().burst());
    }

    @Test
    void idle_keys_are_forgotten() throws Exception {
        KeyedRemoteRateLimiter keyed =
                KeyedRemoteRateLimiter.builder(buckets, RATE).timeSource(time).build();
        for (int i = 0; i < 1000; i++) {
            keyed.forKey("key-" + i);
        }
        Call.until(() -> {
            System.gc();
            return keyed.toString().endsWith(" 0 keys in use]");
        });
        assertEquals(1_000, keyed.metrics().evicted());
        assertEquals(0, keyed.metrics().keys());
    }

    @Test
    void the_limiters_of_keys_count_together_under_one_name() {
        KeyedRemoteRateLimiter keyed = KeyedRemoteRateLimiter.builder(buckets, RATE)
                .timeSource(time)
                .name("orders")
                .build();
        RemoteRateLimiter one = keyed.forKey("one");
        RemoteRateLimiter two = keyed.forKey("two");
        assertTrue(one.tryAcquire(10));
        assertFalse(one.tryAcquire(2));
        assertTrue(two.tryAcquire(4));
        assertEquals("orders", keyed.name());
        assertEquals("orders", two.name());
        assertEquals(new KeyedRateLimiterMetrics(2, 0, 0, 14, 2, 0, Times.NONE, 0, 0), keyed.metrics());
        assertEquals(14, one.metrics().admitted());
        assertTrue(KeyedRemoteRateLimiter.builder(buckets, RATE).build().name().matches("keyed-limiter-[1-9][0-9]*"));
        assertThrows(
                IllegalArgumentException.class,
                () -> RemoteRateLimiter.builder(buckets, "key", RATE).name(" "));
    }

    @Test
    void what_is_available_is_what_has_been_fetched_in_advance() {
        assertTrue(limiter.tryAcquire());
        assertEquals(0, limiter.metrics().available());
        RemoteRateLimiter leased = RemoteRateLimiter.builder(buckets, "leased", Rate.perSecond(1_000))
                .timeSource(time)
                .lease(Lease.upTo(20, Duration.ofMillis(100)))
                .build();
        assertTrue(leased.tryAcquire());
        assertTrue(leased.metrics().available() > 0);
    }

    @Test
    void a_key_that_is_paused_is_not_forgotten() throws Exception {
        KeyedRemoteRateLimiter keyed =
                KeyedRemoteRateLimiter.builder(buckets, RATE).timeSource(time).build();
        keyed.forKey("paused").pauseFor(Duration.ofSeconds(1));
        keyed.forKey("other");
        Call.until(() -> {
            System.gc();
            return keyed.toString().endsWith(" 1 keys in use]");
        });
        assertFalse(keyed.forKey("paused").tryAcquire());
    }
}
