package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CpuTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TokenBucketWaitingTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    private record Caller<T>(FutureTask<T> task, Thread thread) {
        T get() throws Exception {
            return task.get();
        }
    }

    private TokenBucket empty(Rate rate) {
        return TokenBucket.builder(rate).initialPermits(0).timeSource(time).build();
    }

    /** Starts a caller and waits until it stands in the line. */
    private static <T> Caller<T> inLine(TokenBucket bucket, Callable<T> call) {
        int before = bucket.metrics().waiters();
        FutureTask<T> task = new FutureTask<>(call);
        Thread thread = Thread.ofVirtual().start(task);
        while (bucket.metrics().waiters() == before && !task.isDone()) {
            Thread.onSpinWait();
        }
        return new Caller<>(task, thread);
    }

    /**
     * Waits until a caller that was just woken to be the head waits on the clock: what it waits for is counted from
     * when it begins to. It is not at rest in between, for a virtual thread is runnable from the very unpark on.
     */
    private static void awaitRest(Caller<?> caller) {
        while (caller.thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    private static Callable<Void> acquire(TokenBucket bucket, long permits) {
        return () -> {
            bucket.acquire(permits);
            return null;
        };
    }

    @Test
    void acquire_waits_until_the_very_nanosecond() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1));
        Caller<Void> caller = inLine(bucket, acquire(bucket, 1));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        assertFalse(caller.task.isDone());
        time.advance(Duration.ofNanos(1));
        caller.get();
        assertEquals(new Counts(1, 0, 1, SECOND, 0, 0), Counts.of(bucket));
    }

    @Test
    void waiters_are_served_in_the_order_in_which_they_came() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        List<Integer> served = new CopyOnWriteArrayList<>();
        List<Caller<Void>> callers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            callers.add(inLine(bucket, () -> {
                bucket.acquire();
                served.add(number);
                return null;
            }));
        }
        for (int i = 0; i < 10; i++) {
            time.awaitWaiters(1);
            time.advance(SECOND);
            callers.get(i).get();
        }
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), served);
    }

    @Test
    void a_large_request_is_not_starved_by_small_ones() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        Caller<Void> large = inLine(bucket, acquire(bucket, 5));
        time.awaitWaiters(1);
        for (int i = 0; i < 4; i++) {
            time.advance(SECOND);
            assertFalse(bucket.tryAcquire(), "overtook the one who waits");
        }
        time.advance(SECOND);
        large.get();
    }

    @Test
    void the_head_grants_all_that_are_due() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        bucket.pauseFor(Duration.ofSeconds(3)); // so that no one of them is due before the others
        List<Caller<Void>> callers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            callers.add(inLine(bucket, acquire(bucket, 1)));
        }
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(3));
        for (Caller<Void> caller : callers) {
            caller.get();
        }
        assertFalse(bucket.tryAcquire());
    }

    @Test
    void interrupt_before_the_call_takes_nothing() throws Exception {
        TokenBucket bucket =
                TokenBucket.builder(Rate.perSecond(1)).timeSource(time).build();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, bucket::acquire);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> bucket.tryAcquire(SECOND));
        assertFalse(Thread.interrupted());
        assertTrue(bucket.tryAcquire());
    }

    @Test
    void interrupted_wait_refunds_and_those_behind_move_up() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        Caller<Void> first = inLine(bucket, acquire(bucket, 5));
        Caller<Void> second = inLine(bucket, acquire(bucket, 2));
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(2)); // the first needs three more, the second is due once it moves up
        first.thread.interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, first::get).getCause());
        second.get();
        assertEquals(new Counts(2, 5, 1, Duration.ofSeconds(2), 1, 0), Counts.of(bucket));
        assertFalse(bucket.tryAcquire());
        time.advance(SECOND);
        assertTrue(bucket.tryAcquire());
    }

    @Test
    void timed_out_wait_refunds_and_those_behind_move_up() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        Caller<Void> first = inLine(bucket, acquire(bucket, 1));
        Caller<Boolean> second = inLine(bucket, () -> bucket.tryAcquire(3, Duration.ofSeconds(4)));
        Caller<Void> third = inLine(bucket, acquire(bucket, 1));
        time.awaitWaiters(2);
        // The head goes and comes back with a request that the second did not count on, so that it times out.
        time.advance(SECOND);
        first.get();
        awaitRest(second);
        time.advance(Duration.ofSeconds(3));
        assertTrue(second.get());
        awaitRest(third);
        time.advance(SECOND);
        third.get();
    }

    @Test
    void timeout_that_the_permit_just_meets_succeeds_and_one_nanosecond_less_is_refused_at_once() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1));
        assertFalse(bucket.tryAcquire(SECOND.minusNanos(1)), "would have waited in vain");
        assertEquals(0, time.nanoTime());
        assertEquals(1, bucket.metrics().abandoned());
        Caller<Boolean> caller = inLine(bucket, () -> bucket.tryAcquire(SECOND));
        time.awaitWaiters(1);
        time.advance(SECOND);
        assertTrue(caller.get());
    }

    @Test
    void a_timed_request_is_refused_at_once_only_if_those_before_it_cannot_help_by_leaving() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        CompletableFuture<Void> first = bucket.acquireAsync(5);
        assertFalse(bucket.tryAcquire(2, Duration.ofSeconds(2).minusNanos(1)), "too late even without the first");
        Caller<Boolean> second = inLine(bucket, () -> bucket.tryAcquire(2, Duration.ofSeconds(4)));
        time.awaitWaiters(2);
        time.advance(Duration.ofSeconds(3));
        assertTrue(first.cancel(false));
        assertTrue(second.get(), "the one before it has left");
        assertEquals(1, bucket.drain());
    }

    @Test
    void a_timed_request_that_those_before_it_do_not_let_through_times_out() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        Caller<Void> first = inLine(bucket, acquire(bucket, 5));
        Caller<Boolean> second = inLine(bucket, () -> bucket.tryAcquire(2, Duration.ofSeconds(4)));
        time.awaitWaiters(2);
        time.advance(Duration.ofSeconds(4));
        assertFalse(second.get());
        time.advance(SECOND);
        first.get();
        assertEquals(0, bucket.drain());
    }

    /** As if all carriers were busy or pinned, which keeps an unmounted virtual thread at the head from running. */
    @Test
    void a_virtual_thread_that_does_not_run_holds_up_nobody_behind_it() throws Exception {
        TokenBucket bucket = TokenBucket.builder(Rate.perDay(1).withBurst(1))
                .initialPermits(0)
                .build();
        Thread.startVirtualThread(bucket::acquireUninterruptibly);
        Call.until(() -> bucket.metrics().waiters() == 1);
        AtomicBoolean over = new AtomicBoolean();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            Thread.startVirtualThread(() -> {
                while (!over.get()) {
                    Thread.onSpinWait();
                }
            });
        }
        try {
            bucket.replaceRate(Rate.perSecond(1).withBurst(1));
            assertTrue(Call.onPlatformThread(() -> bucket.tryAcquire(Duration.ofSeconds(20)))
                    .result());
            bucket.acquireAsync().get(20, TimeUnit.SECONDS);
        } finally {
            over.set(true);
        }
    }

    @Test
    void a_refund_costs_the_same_however_many_wait() throws Exception {
        TokenBucket bucket = empty(Rate.of(1, Duration.ofDays(1)).withBurst(1_000));
        for (int i = 0; i < 50_000; i++) {
            bucket.acquireAsync(1_000);
        }
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10; round++) { // something else may slow some of them down
            least = Math.min(least, CpuTime.nanosOf(() -> {
                for (int i = 0; i < 50; i++) {
                    bucket.refund(1);
                }
            }));
        }
        long nanos = least / 50;
        assertTrue(nanos < 500_000, "a walk over all takes milliseconds, but it took " + nanos + " ns");
        assertEquals(50_000, bucket.metrics().waiters());
    }

    @Test
    void an_interrupt_in_the_jitter_is_counted_once() throws Exception {
        TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1))
                .initialPermits(0)
                .jitter(Duration.ofDays(1))
                .timeSource(time)
                .build();
        Caller<Void> caller = inLine(bucket, acquire(bucket, 1));
        time.awaitWaiters(1);
        time.advance(SECOND);
        caller.thread.interrupt();
        assertThrows(ExecutionException.class, caller::get);
        assertEquals(new Counts(0, 1, 0, SECOND, 1, 0), Counts.of(bucket));
        assertEquals(1, bucket.drain());
    }

    @Test
    void zero_and_negative_timeouts_do_not_wait() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1));
        assertFalse(bucket.tryAcquire(Duration.ZERO));
        assertFalse(bucket.tryAcquire(Duration.ofSeconds(-1)));
        time.advance(SECOND);
        assertTrue(bucket.tryAcquire(Duration.ZERO));
    }

    @Test
    void timeouts_beyond_the_clock_wait() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1));
        Caller<Boolean> caller = inLine(bucket, () -> bucket.tryAcquire(Duration.ofSeconds(Long.MAX_VALUE)));
        time.awaitWaiters(1);
        time.advance(SECOND);
        assertTrue(caller.get());
    }

    @Test
    void second_request_of_two_billion_waits_for_its_time() throws Exception {
        TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1).withBurst(2_000_000_000))
                .timeSource(time)
                .build();
        assertTrue(bucket.tryAcquire(2_000_000_000));
        Caller<Void> second = inLine(bucket, acquire(bucket, 2_000_000_000));
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(2_000_000_000).minusNanos(1));
        assertFalse(second.task.isDone());
        time.advance(Duration.ofNanos(1));
        second.get();
    }

    @Test
    void huge_requests_in_line_do_not_overflow() throws Exception {
        long huge = 1L << 60;
        TokenBucket bucket = empty(Rate.perSecond(1L << 39).withBurst(huge));
        List<Caller<Void>> callers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            callers.add(inLine(bucket, acquire(bucket, huge)));
        }
        Reservation last = bucket.reserve(huge);
        assertTrue(last.delay().compareTo(Duration.ofDays(11 * 24)) > 0, "ten are before it, some 24 days each");
        assertTrue(last.cancel());
        for (Caller<Void> caller : callers) {
            caller.thread.interrupt();
            assertThrows(ExecutionException.class, caller::get);
        }
        assertEquals(0, bucket.metrics().waiters());
        assertFalse(bucket.tryAcquire());
        time.advance(SECOND);
        assertTrue(bucket.tryAcquire(1L << 39));
        assertFalse(bucket.tryAcquire());
    }

    @Test
    void requests_that_can_never_be_granted_are_refused() {
        TokenBucket bucket = empty(Rate.perSecond(5));
        assertEquals(
                "permits must be from 0 to the burst of 5, but is 6",
                assertThrows(IllegalArgumentException.class, () -> bucket.acquire(6))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> bucket.tryAcquire(-1));
        assertThrows(IllegalArgumentException.class, () -> bucket.tryAcquire(-1, SECOND));
        assertThrows(IllegalArgumentException.class, () -> bucket.tryAcquire(5000, Duration.ZERO));
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenBucket.builder(Rate.perSecond(5)).initialPermits(6));
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenBucket.builder(Rate.perSecond(5)).initialPermits(-1));
        assertThrows(NullPointerException.class, () -> TokenBucket.builder(null));
        assertThrows(
                NullPointerException.class,
                () -> TokenBucket.builder(Rate.perSecond(5)).timeSource(null));
    }

    @Test
    void decorated_functions_wait_first_and_keep_their_checked_type() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1));
        Caller<Integer> caller =
                inLine(bucket, () -> bucket.decorate((Integer a) -> a + 1).apply(1));
        time.awaitWaiters(1);
        assertFalse(caller.task.isDone());
        time.advance(SECOND);
        assertEquals(2, caller.get());
        time.advance(SECOND);
        assertEquals("x", bucket.decorateSupplier(() -> "x").get());
        assertThrows(NullPointerException.class, () -> bucket.decorate(null));
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        assertEquals(20, RateLimitSnippets.overview());
        TokenBucket bucket = empty(Rate.of(1, Duration.ofMillis(50)));
        Caller<String> waited = inLine(bucket, () -> RateLimitSnippets.ask(bucket));
        time.awaitWaiters(1);
        time.advance(Duration.ofMillis(50));
        assertEquals("within 50 ms", waited.get());
        time.advance(Duration.ofMillis(50));
        assertEquals("now", RateLimitSnippets.ask(bucket));
    }

    @Test
    void nothing_is_lost_or_minted_by_threads_that_take_wait_time_out_and_are_interrupted() throws Exception {
        long seed = System.nanoTime();
        System.out.println("nothing_is_lost_or_minted seed " + seed);
        TokenBucket bucket = empty(Rate.perSecond(1_000).withBurst(10)); // on manual time
        AtomicLong taken = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Random random = new Random(seed + i);
            Callable<Void> body = () -> {
                for (int round = 0; round < 300; round++) {
                    long n = 1 + random.nextInt(3);
                    try {
                        boolean got = switch (random.nextInt(3)) {
                            case 0 -> bucket.tryAcquire(n);
                            case 1 -> bucket.tryAcquire(n, Duration.ofMillis(random.nextInt(20)));
                            default -> {
                                bucket.acquire(n);
                                yield true;
                            }
                        };
                        if (got) {
                            taken.addAndGet(n);
                        }
                    } catch (InterruptedException expected) {
                        // took nothing
                    }
                }
                return null;
            };
            threads.add((i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform()).start(new FutureTask<>(body)));
        }
        Random random = new Random(~seed);
        while (threads.stream().anyMatch(Thread::isAlive)) {
            time.advance(Duration.ofMillis(1));
            threads.get(random.nextInt(threads.size())).interrupt();
        }
        long grown = time.nanoTime() / 1_000_000;
        assertTrue(taken.get() <= grown, taken + " of " + grown + ", seed " + seed);
        assertEquals(0, bucket.metrics().waiters());
        // What is left is there: the bucket was never billed for those who gave up.
        time.advance(SECOND);
        assertTrue(bucket.tryAcquire(10));
    }

    /**
     * As if all carriers were busy: the lock is free, and the first in its queue is a virtual thread that does not run.
     */
    @Test
    void neither_the_timer_nor_a_platform_thread_waits_for_a_lock_that_a_virtual_thread_is_to_have() throws Exception {
        TokenBucket bucket = TokenBucket.builder(Rate.perDay(1).withBurst(1))
                .initialPermits(0)
                .build();
        TokenBucket another = TokenBucket.builder(
                        Rate.of(1, Duration.ofMillis(200)).withBurst(1))
                .initialPermits(0)
                .build();
        CompletableFuture<?> waits = bucket.acquireAsync();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Call<Boolean> holder = Call.onPlatformThread(() -> bucket.line().locked(() -> {
            bucket.replaceRate(Rate.of(1, Duration.ofMillis(50)).withBurst(1)); // due while the lock is held
            held.countDown();
            return Call.uninterrupted(() -> release.await(100, TimeUnit.SECONDS));
        }));
        held.await();
        CompletableFuture<?> elsewhere = another.acquireAsync();
        Thread virtual = Thread.startVirtualThread(bucket::acquireUninterruptibly);
        Call.until(() -> virtual.getState() == Thread.State.WAITING);
        Call<Boolean> platform = Call.onPlatformThread(() -> bucket.tryAcquire(Duration.ofSeconds(20)));
        platform.awaitParked();
        Call.until(elsewhere::isDone); // though the timer has found the lock of the other one taken
        AtomicBoolean over = new AtomicBoolean();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            Thread.startVirtualThread(() -> {
                while (!over.get()) {
                    Thread.onSpinWait();
                }
            });
        }
        try {
            release.countDown();
            holder.result();
            Call.until(waits::isDone);
            assertTrue(platform.result());
        } finally {
            over.set(true);
        }
        virtual.join();
    }
}
