package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TokenBucketRequestsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    private TokenBucket.Builder builder(Rate rate) {
        return TokenBucket.builder(rate).timeSource(time);
    }

    private static void awaitWaiters(TokenBucket bucket, int count) {
        while (bucket.metrics().waiters() < count) {
            Thread.onSpinWait();
        }
    }

    @Test
    void as_many_as_there_are_up_to_so_many() {
        TokenBucket bucket = builder(Rate.perSecond(5)).build();
        assertEquals(2, bucket.tryAcquireUpTo(2));
        assertEquals(3, bucket.tryAcquireUpTo(Long.MAX_VALUE));
        assertEquals(0, bucket.tryAcquireUpTo(1));
        time.advance(SECOND.dividedBy(2));
        assertEquals(2, bucket.tryAcquireUpTo(5), "two and a half");
        time.advance(SECOND.dividedBy(10));
        assertEquals(1, bucket.tryAcquireUpTo(5), "the half was kept");
        assertThrows(IllegalArgumentException.class, () -> bucket.tryAcquireUpTo(-1));
    }

    @Test
    void drain_takes_what_is_there_and_forgives_nothing() {
        TokenBucket bucket = builder(Rate.perSecond(5)).build();
        assertEquals(5, bucket.drain());
        assertEquals(0, bucket.drain());
        time.advance(SECOND.dividedBy(5).minusNanos(1));
        assertEquals(0, bucket.drain());
        time.advance(Duration.ofNanos(1));
        assertEquals(1, bucket.drain());
    }

    @Test
    void draining_forgives_no_debt() throws Exception {
        TokenBucket bucket =
                builder(Rate.perSecond(1).withBurst(5)).initialPermits(0).build();
        var owed = bucket.acquireAsync(3);
        assertEquals(0, bucket.drain());
        time.advance(Duration.ofSeconds(3).minusNanos(1));
        assertFalse(owed.isDone());
        time.advance(Duration.ofNanos(1));
        owed.get();
    }

    @Test
    void refund_is_exact_and_never_exceeds_the_burst() {
        TokenBucket bucket = builder(Rate.perSecond(5)).initialPermits(0).build();
        bucket.refund(2);
        assertEquals(2, bucket.drain());
        bucket.refund(1_000);
        assertEquals(5, bucket.drain());
        bucket.refund(Long.MAX_VALUE);
        assertEquals(5, bucket.drain());
        time.advance(Duration.ofDays(365));
        bucket.refund(3);
        assertEquals(5, bucket.drain(), "it was full");
        assertThrows(IllegalArgumentException.class, () -> bucket.refund(-1));
    }

    @Test
    void refund_serves_those_who_wait() throws Exception {
        TokenBucket bucket = builder(Rate.of(1, Duration.ofDays(1)).withBurst(5))
                .initialPermits(0)
                .build();
        FutureTask<Void> thread = new FutureTask<>(() -> {
            bucket.acquire(2);
            return null;
        });
        Thread.ofVirtual().start(thread);
        awaitWaiters(bucket, 1);
        var future = bucket.acquireAsync(2);
        bucket.refund(2);
        thread.get();
        bucket.refund(2);
        assertTrue(future.isDone());
        assertEquals(0, bucket.drain());
    }

    @Test
    void nobody_takes_what_others_wait_for() {
        TokenBucket bucket =
                builder(Rate.perSecond(1).withBurst(5)).initialPermits(0).build();
        var future = bucket.acquireAsync(5);
        time.advance(SECOND.multipliedBy(3));
        assertEquals(0, bucket.drain());
        assertEquals(0, bucket.tryAcquireUpTo(1));
        assertFalse(bucket.check().admitted());
        future.cancel(false);
        assertEquals(3, bucket.drain());
    }

    @Test
    void decision_tells_when_to_come_again_to_the_nanosecond() {
        TokenBucket bucket = builder(Rate.of(3, SECOND)).build();
        Decision first = bucket.check(2);
        assertEquals(new Decision(true, 1, Duration.ZERO, Duration.ofNanos(666_666_667)), first);
        Decision second = bucket.check(2);
        assertEquals(new Decision(false, 1, Duration.ofNanos(333_333_334), Duration.ofNanos(666_666_667)), second);
        time.advance(second.retryAfter().minusNanos(1));
        assertFalse(bucket.check(2).admitted());
        time.advance(Duration.ofNanos(1));
        assertTrue(bucket.check(2).admitted());
        time.advance(bucket.check().reset());
        assertEquals(3, bucket.drain());
    }

    @Test
    void retry_after_is_never_too_early_also_below_a_microsecond() {
        for (long permits : new long[] {1, 3, 7, 999, 1_000_001, 333_333_333, 700_000_000, 1_500_000_000}) {
            TokenBucket bucket = builder(Rate.perSecond(permits).withBurst(1)).build();
            assertTrue(bucket.tryAcquire());
            for (int i = 0; i < 20; i++) {
                Duration wait = bucket.check().retryAfter();
                time.advance(wait.minusNanos(1));
                assertFalse(bucket.tryAcquire(), permits + "/s");
                time.advance(Duration.ofNanos(1));
                assertTrue(bucket.tryAcquire(), permits + "/s");
            }
        }
    }

    @Test
    void no_permits_are_always_granted() throws Exception {
        TokenBucket bucket = builder(Rate.perSecond(1)).initialPermits(0).build();
        var waiting = bucket.acquireAsync();
        assertTrue(bucket.tryAcquire(0));
        assertTrue(bucket.tryAcquire(0, Duration.ZERO));
        bucket.acquire(0);
        assertTrue(bucket.acquireAsync(0).isDone());
        assertTrue(bucket.reserve(0).isGranted());
        assertTrue(bucket.check(0).admitted());
        assertTrue(bucket.peek(0).admitted());
        assertEquals(0, bucket.tryAcquireUpTo(0));
        bucket.refund(0);
        assertFalse(waiting.isDone());
    }

    /** RFC 8941, 3.3.1. */
    @Test
    void headers_have_integers_of_fifteen_digits_at_most() {
        Rate rate = new Rate(1L << 60, Duration.ofDays(4_000), 1L << 60);
        String header = RateLimitHeaders.rateLimit("p", builder(rate).build().peek(1));
        assertEquals("\"p\";r=999999999999999;t=0", header);
        assertTrue(RateLimitHeaders.rateLimitPolicy("p", rate).startsWith("\"p\";q=999999999999999;w="));
    }

    @Test
    void descriptions_say_what_was_configured_and_nulls_are_named() {
        TokenBucket.Builder builder = builder(Rate.perSecond(1)).maxWaiters(3);
        assertEquals(
                "TokenBucket.Builder[Rate[permits=1, period=PT1S, burst=1], ManualTimeSource[0 ns, 0 waiters],"
                        + " maxWaiters=3]",
                builder.toString());
        assertEquals(
                "TokenBucket[orders, Rate[permits=1, period=PT1S, burst=1], 0 waiters]",
                builder.name("orders").build().toString());
        assertTrue(builder.toString().startsWith("TokenBucket.Builder[orders, Rate["), builder.toString());
        TokenBucket bucket = builder.build();
        assertEquals(
                "timeout",
                assertThrows(NullPointerException.class, () -> bucket.tryAcquire(1, null))
                        .getMessage());
        assertEquals(
                "timeout",
                assertThrows(NullPointerException.class, () -> bucket.reserve().await(null))
                        .getMessage());
        assertThrows(NullPointerException.class, () -> new RateLimiterMetrics(0, 0, 0, null, 0, 0, 0));
    }

    @Test
    void a_listener_may_throw_anything() throws Exception {
        TokenBucket bucket = builder(Rate.perSecond(2))
                .listener(new RateLimiterListener() {
                    @Override
                    public void onAdmitted(long permits, Duration waited) {
                        TokenBucketRequestsTest.<RuntimeException>sneak(new IOException("disk full"));
                    }
                })
                .build();
        assertTrue(bucket.tryAcquire(2));
        var future = bucket.acquireAsync();
        time.advance(SECOND);
        future.get(1, TimeUnit.MINUTES);
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> void sneak(Throwable thrown) throws X {
        throw (X) thrown;
    }

    @Test
    void decision_counts_those_in_line() {
        TokenBucket bucket =
                builder(Rate.perSecond(1).withBurst(2)).initialPermits(0).build();
        bucket.acquireAsync(2);
        assertEquals(new Decision(false, 0, Duration.ofSeconds(3), Duration.ofSeconds(4)), bucket.check());
    }

    @Test
    void headers_are_rendered_as_the_draft_says_and_rounded_up() {
        Decision decision = new Decision(false, 7, Duration.ofMillis(1_001), Duration.ofSeconds(60));
        assertEquals("2", RateLimitHeaders.retryAfter(decision));
        assertEquals("\"per-user\";r=7;t=60", RateLimitHeaders.rateLimit("per-user", decision));
        assertEquals("\"per-user\";q=100;w=60", RateLimitHeaders.rateLimitPolicy("per-user", Rate.perMinute(100)));
        assertEquals(
                "\"a\\\"b\";q=1;w=1",
                RateLimitHeaders.rateLimitPolicy("a\"b", Rate.perSecond(3).withBurst(1)));
        assertThrows(IllegalArgumentException.class, () -> RateLimitHeaders.rateLimit("ä", decision));
        assertEquals("0", RateLimitHeaders.retryAfter(new Decision(true, 0, Duration.ZERO, SECOND)));
    }

    @Test
    void an_interrupt_does_not_end_an_uninterruptible_wait_and_is_not_lost() throws Exception {
        TokenBucket bucket = builder(Rate.perSecond(1)).initialPermits(0).build();
        FutureTask<Boolean> waiting = new FutureTask<>(() -> {
            bucket.acquireUninterruptibly();
            return Thread.interrupted();
        });
        Thread thread = Thread.ofVirtual().start(waiting);
        time.awaitWaiters(1);
        thread.interrupt();
        while (!waiting.isDone()) {
            time.advance(Duration.ofMillis(10));
        }
        assertTrue(waiting.get());
        assertTrue(time.nanoTime() >= SECOND.toNanos());
    }

    @Test
    void no_more_than_so_many_wait() throws Exception {
        TokenBucket bucket =
                builder(Rate.perSecond(1)).initialPermits(0).maxWaiters(1).build();
        var first = bucket.acquireAsync();
        assertThrows(RejectedExecutionException.class, bucket::acquire);
        assertThrows(RejectedExecutionException.class, bucket::acquireUninterruptibly);
        assertThrows(RejectedExecutionException.class, bucket::reserve);
        assertFalse(bucket.tryAcquire(Duration.ofDays(1)));
        assertThrows(CompletionException.class, () -> bucket.acquireAsync().join());
        assertEquals(5, bucket.metrics().abandoned());
        time.advance(SECOND);
        assertTrue(first.isDone());
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenBucket.builder(Rate.perSecond(1)).maxWaiters(-1));
    }

    @Test
    void jitter_delays_those_who_waited_and_an_interrupt_in_it_gives_the_permit_back() throws Exception {
        TokenBucket bucket = builder(Rate.perSecond(1))
                .initialPermits(0)
                .jitter(Duration.ofDays(1))
                .build();
        FutureTask<Void> waiting = new FutureTask<>(() -> {
            bucket.acquire();
            return null;
        });
        Thread thread = Thread.ofVirtual().start(waiting);
        time.awaitWaiters(1);
        time.advance(SECOND);
        assertFalse(waiting.isDone(), "a chance of 1 in 86 trillion");
        assertFalse(bucket.tryAcquire(), "the permit is taken before");
        thread.interrupt();
        assertThrows(java.util.concurrent.ExecutionException.class, waiting::get);
        assertTrue(bucket.tryAcquire());
        var future = bucket.acquireAsync();
        time.advance(SECOND);
        assertFalse(future.isDone());
        time.advance(Duration.ofDays(1));
        assertTrue(future.isDone());
        // Within a timeout nobody is delayed beyond it.
        TokenBucket timed = builder(Rate.perSecond(1))
                .initialPermits(0)
                .jitter(Duration.ofDays(1))
                .build();
        FutureTask<Boolean> inTime = new FutureTask<>(() -> timed.tryAcquire(SECOND.plusMillis(1)));
        Thread.ofVirtual().start(inTime);
        time.awaitWaiters(1);
        time.advance(SECOND.plusMillis(1));
        assertTrue(inTime.get());
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenBucket.builder(Rate.perSecond(1)).jitter(SECOND.negated()));
    }

    @Test
    void listener_and_counters_hear_of_every_decision() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        TokenBucket bucket = builder(Rate.perSecond(2))
                .listener(new RateLimiterListener() {
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
                })
                .build();
        assertTrue(bucket.tryAcquire(2));
        assertFalse(bucket.tryAcquire());
        assertFalse(bucket.tryAcquire(2, Duration.ofMillis(1)));
        assertEquals(0, bucket.tryAcquireUpTo(2));
        var future = bucket.acquireAsync();
        time.advance(SECOND);
        future.join();
        Call.until(() -> heard.size() == 5); // of a future, in a thread of its own
        bucket.acquire();
        assertEquals(List.of("+2 after 0", "-1", "-2", "-2", "+1 after 500000000", "+1 after 0"), heard);
        assertEquals(new Counts(4, 5, 1, SECOND.dividedBy(2), 1, 0), Counts.of(bucket));
    }

    @Test
    void every_decoration_asks_first() throws Exception {
        TokenBucket bucket = builder(Rate.perSecond(8)).build();
        bucket.decorateRunnable(() -> {}).run();
        assertEquals(3, bucket.uninterruptibleFunction((Integer a) -> a + 1).apply(2));
        assertEquals("x", bucket.decorateSupplier(() -> "x").get());
        assertEquals("y", bucket.decorate((String a) -> a).apply("y"));
        assertEquals(4, bucket.drain());
        assertThrows(NullPointerException.class, () -> bucket.decorateRunnable(null));
        assertThrows(NullPointerException.class, () -> bucket.uninterruptibleFunction(null));
    }

    @Test
    void reservations_are_as_the_documentation_shows() throws Exception {
        TokenBucket bucket = builder(Rate.perSecond(1).withBurst(20)).build();
        assertEquals("granted", RateLimitSnippets.reserve(bucket, true));
        assertEquals("another time", RateLimitSnippets.reserve(bucket, false));
        assertEquals(15, bucket.drain());
        assertEquals(
                "another time",
                RateLimitSnippets.reserve(
                        builder(Rate.of(1, Duration.ofDays(1)).withBurst(5))
                                .initialPermits(0)
                                .build(),
                        true));
    }
}
