package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is particular to a bucket from which threads take in advance. */
@Timeout(60)
class StripedTokenBucketTest {
    private static final Duration TTL = Duration.ofMillis(1);

    /** Next to nothing grows. */
    private static final Rate THOUSAND = Rate.of(1, Duration.ofDays(1_000)).withBurst(1_001);

    private final ManualTimeSource time = new ManualTimeSource();
    private final StripedTokenBucket bucket =
            StripedTokenBucket.builder(THOUSAND, TTL).timeSource(time).build();

    static Stream<Function<Callable<?>, Object>> threads() {
        return Stream.of(
                StripedTokenBucketTest::here,
                task -> inThread(Thread.ofPlatform(), task),
                task -> inThread(Thread.ofVirtual(), task));
    }

    private static Object here(Callable<?> task) {
        try {
            return task.call();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static Object inThread(Thread.Builder builder, Callable<?> task) {
        FutureTask<Object> run = new FutureTask<>(task::call);
        builder.start(run);
        try {
            return run.get();
        } catch (InterruptedException | ExecutionException failed) {
            throw new AssertionError(failed);
        }
    }

    private long takeAll() {
        long taken = 0;
        while (bucket.tryAcquire()) {
            taken++;
        }
        return taken;
    }

    /** So much that permits have been taken in advance. */
    private void takeSome() {
        for (int i = 0; i < 20; i++) {
            assertTrue(bucket.tryAcquire());
        }
        assertTrue(ahead() > 0);
    }

    private long ahead() {
        RateLimiterMetrics metrics = bucket.metrics();
        return 1_000 - metrics.admitted() - metrics.available();
    }

    // ---- arguments

    @Test
    void bad_input_is_refused_when_it_is_built() {
        assertMessage("rate", NullPointerException.class, () -> StripedTokenBucket.builder(null, TTL));
        assertMessage("ttl", NullPointerException.class, () -> StripedTokenBucket.builder(THOUSAND, null));
        assertMessage(
                "ttl must be positive, but is PT0S",
                IllegalArgumentException.class,
                () -> StripedTokenBucket.builder(THOUSAND, Duration.ZERO));
        assertMessage(
                "ttl must be positive, but is PT-1S",
                IllegalArgumentException.class,
                () -> StripedTokenBucket.builder(THOUSAND, Duration.ofSeconds(-1)));
        assertMessage(
                "rate must have a burst of more than the 5 permits that grow within the ttl of PT0.05S, but is "
                        + Rate.perSecond(100).withBurst(5),
                IllegalArgumentException.class,
                () -> StripedTokenBucket.builder(Rate.perSecond(100).withBurst(5), Duration.ofMillis(50)));
        assertMessage(
                "ttl must be at most a day, but is PT24H0.000000001S",
                IllegalArgumentException.class,
                () -> StripedTokenBucket.builder(THOUSAND, Duration.ofDays(1).plusNanos(1)));
        TimeSource coarse = TimeSource.coarse();
        assertMessage(
                "ttl must be more than the resolution of the clock, which is " + coarse.resolution()
                        + ", but is PT0.000001S",
                IllegalArgumentException.class,
                () -> StripedTokenBucket.builder(THOUSAND, Duration.ofNanos(1_000))
                        .timeSource(coarse)
                        .build());
        assertMessage(
                "permits must be from 0 to the burst of 1000, but is 1001",
                IllegalArgumentException.class,
                () -> bucket.tryAcquire(1_001));
        assertMessage(
                "permits must be from 0 to the burst of 1000, but is -1",
                IllegalArgumentException.class,
                () -> bucket.tryAcquire(-1));
        assertMessage(
                "rate must have a burst of more than the 1 permits that grow within the ttl of PT0.001S, but is "
                        + Rate.perSecond(1),
                IllegalArgumentException.class,
                () -> bucket.replaceRate(Rate.perSecond(1)));
        assertEquals(THOUSAND, bucket.rate());
    }

    private static void assertMessage(String message, Class<? extends Exception> type, Runnable call) {
        assertEquals(message, assertThrows(type, call::run).getMessage());
    }

    @Test
    void the_rate_is_the_one_that_was_given() {
        assertEquals(THOUSAND, bucket.rate());
        Rate uneven = new Rate(7, Duration.ofNanos(1_100_003), 50);
        bucket.replaceRate(uneven);
        assertEquals(uneven, bucket.rate());
        assertTrue(bucket.tryAcquire(43)); // and 7 grow within the ttl
        assertThrows(IllegalArgumentException.class, () -> bucket.tryAcquire(44));
    }

    // ---- in advance

    @ParameterizedTest
    @MethodSource("threads")
    void one_thread_alone_gets_every_permit(Function<Callable<?>, Object> thread) {
        assertEquals(1_000L, thread.apply(this::takeAll));
        assertEquals(0, bucket.metrics().available());
        assertEquals(1_000, bucket.metrics().admitted());
        assertEquals(1, bucket.metrics().rejected());
    }

    @ParameterizedTest
    @MethodSource("threads")
    void what_was_taken_in_advance_is_void_after_its_time(Function<Callable<?>, Object> thread) {
        thread.apply(() -> {
            takeSome();
            time.advance(TTL.minusNanos(1));
            long ahead = ahead();
            assertTrue(bucket.tryAcquire());
            assertEquals(ahead - 1, ahead(), "still good");
            time.advance(Duration.ofNanos(1));
            assertEquals(bucket.metrics().available(), takeAll());
            return null;
        });
    }

    @ParameterizedTest
    @MethodSource("threads")
    void a_thread_that_asks_once_in_a_ttl_loses_nothing(Function<Callable<?>, Object> thread) {
        thread.apply(() -> {
            for (int i = 1; i <= 100; i++) {
                assertTrue(bucket.tryAcquire());
                time.advance(TTL);
                assertEquals(1_000 - i, bucket.metrics().available());
            }
            return null;
        });
    }

    @Test
    void nobody_takes_more_than_an_eighth_of_the_rest_in_advance() {
        bucket.tryAcquire(1_000 - 80);
        for (int i = 0; i < 80; i++) {
            long before = bucket.metrics().available();
            assertTrue(bucket.tryAcquire());
            long after = bucket.metrics().available();
            assertTrue(before - after <= 1 + before / 8, before + " to " + after);
        }
        assertFalse(bucket.tryAcquire());
    }

    @ParameterizedTest
    @MethodSource("threads")
    void requests_that_never_wait_are_served_from_it(Function<Callable<?>, Object> thread) {
        thread.apply(() -> {
            takeSome();
            long before = bucket.metrics().available();
            assertTrue(bucket.tryAcquire());
            assertTrue(bucket.check().admitted());
            assertEquals(before, bucket.metrics().available());
            return null;
        });
    }

    @Test
    void requests_that_may_wait_or_come_back_are_served_from_the_bucket() throws Exception {
        takeSome();
        long before = bucket.metrics().available();
        bucket.acquire();
        bucket.acquireUninterruptibly();
        bucket.acquireAsync().join();
        bucket.reserve().await();
        assertTrue(bucket.tryAcquire(Duration.ofSeconds(1)));
        bucket.acquireEstimate(1).close();
        CombinedLimiter both = RateLimiter.allOf(bucket, RateLimiter.of(Rate.perSecond(3)));
        assertTrue(both.tryAcquire());
        both.acquire();
        both.acquireUninterruptibly();
        assertEquals(before - 9, bucket.metrics().available());
    }

    @Test
    void a_settlement_gives_back_what_cannot_have_grown_again() throws Exception {
        bucket.acquireEstimate(500).settle(100);
        assertEquals(900, bucket.metrics().available());
        assertTrue(bucket.tryAcquire(500));
        long before = bucket.metrics().available();
        Settlement.of(bucket, 500).settle(0);
        assertEquals(before + 499, bucket.metrics().available()); // one permit or less grows within the ttl
        long after = bucket.metrics().available();
        Settlement.of(bucket, 1).settle(0);
        assertEquals(after, bucket.metrics().available());
    }

    // ---- what makes it void

    @Test
    void a_drain_takes_also_what_was_taken_in_advance() {
        takeSome();
        long available = bucket.metrics().available();
        assertEquals(available, bucket.drain());
        assertFalse(bucket.tryAcquire());
    }

    @Test
    void a_charge_that_leads_into_debt_is_waited_off_by_all() {
        takeSome();
        bucket.charge(bucket.metrics().available());
        assertTrue(bucket.tryAcquire(), "what is there is charged as any other permit is taken");
        bucket.charge(1);
        assertFalse(bucket.tryAcquire());
    }

    @Test
    void an_equal_rate_changes_nothing() {
        takeSome();
        long before = bucket.metrics().available();
        bucket.replaceRate(THOUSAND);
        assertTrue(bucket.tryAcquire());
        assertEquals(before, bucket.metrics().available());
    }

    @Test
    void an_adaptive_rate_is_refused_that_leaves_nothing_of_the_burst() {
        Rate rate = Rate.perSecond(1_000).withBurst(100);
        StripedTokenBucket adapted =
                StripedTokenBucket.builder(rate, Duration.ofMillis(50)).build();
        assertThrows(
                IllegalArgumentException.class,
                () -> AdaptiveRate.builder(adapted, 1, 2_000).build());
        AdaptiveRate.builder(adapted, 1, 1_900).build();
    }

    @Test
    void a_smaller_rate_holds_from_when_it_is_set() {
        takeSome();
        bucket.replaceRate(THOUSAND.withBurst(6));
        assertEquals(5, takeAll());
    }

    @Test
    void nobody_takes_it_while_others_wait_nor_in_a_pause() {
        takeSome();
        bucket.pauseFor(Duration.ofNanos(10));
        assertFalse(bucket.tryAcquire());
        assertEquals(0, bucket.drain());
        bucket.resume();
        assertTrue(bucket.tryAcquire());
        CompletableFuture<?> waiting = bucket.acquireAsync(1_000);
        assertFalse(bucket.tryAcquire());
        waiting.cancel(false);
        assertTrue(bucket.tryAcquire());
    }

    // ---- many threads

    /** On the system's clock: what is admitted is at most the burst and what grows in the time that all of it took. */
    @Test
    void many_threads_take_no_more_than_the_burst_and_what_grows() throws Exception {
        Rate rate = new Rate(300_000, Duration.ofSeconds(1), 20_000);
        StripedTokenBucket busy = StripedTokenBucket.builder(rate, TTL).build();
        for (int round = 0; round < 20; round++) {
            long start = System.nanoTime();
            busy.drain();
            AtomicLong admitted = new AtomicLong();
            CountDownLatch go = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
                long permits = 1 + i / 4;
                threads.add(builder.start(() -> {
                    try {
                        go.await();
                    } catch (InterruptedException unexpected) {
                        throw new AssertionError(unexpected);
                    }
                    for (int n = 0; n < 20_000; n++) {
                        if (busy.tryAcquire(permits)) {
                            admitted.addAndGet(permits);
                        }
                        if (n % 5_000 == 0) {
                            Thread.yield();
                        }
                    }
                }));
            }
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            long grown = rate.permitsIn(Duration.ofNanos(System.nanoTime() - start));
            assertTrue(admitted.get() <= grown, admitted + " of " + grown + " that have grown since it was empty");
            assertEquals(0, busy.metrics().waiters());
        }
    }
}
