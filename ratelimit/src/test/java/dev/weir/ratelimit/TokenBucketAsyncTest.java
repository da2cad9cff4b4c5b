package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CpuTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** Requests that no thread waits for: {@code acquireAsync} and {@code reserve}. */
@Timeout(60)
class TokenBucketAsyncTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    private TokenBucket empty(Rate rate) {
        return TokenBucket.builder(rate).initialPermits(0).timeSource(time).build();
    }

    private static <T> FutureTask<T> start(java.util.concurrent.Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.ofVirtual().start(task);
        return task;
    }

    @Test
    void async_acquire_is_done_at_once_when_the_permit_is_there_and_at_the_very_nanosecond_otherwise() {
        TokenBucket bucket =
                TokenBucket.builder(Rate.perSecond(1)).timeSource(time).build();
        assertTrue(bucket.acquireAsync().isDone());
        CompletableFuture<Void> second = bucket.acquireAsync();
        time.advance(SECOND.minusNanos(1));
        assertFalse(second.isDone());
        time.advance(Duration.ofNanos(1));
        assertTrue(second.isDone() && !second.isCompletedExceptionally());
        assertFalse(bucket.tryAcquire());
        assertEquals(0, time.waiters(), "a timer is left");
    }

    @Test
    void threads_and_futures_are_served_in_one_line() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(3));
        List<CompletableFuture<Void>> futures = new ArrayList<>();
        List<FutureTask<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            futures.add(bucket.acquireAsync());
            int before = bucket.metrics().waiters();
            threads.add(start(() -> {
                bucket.acquire();
                return null;
            }));
            while (bucket.metrics().waiters() == before) {
                Thread.onSpinWait();
            }
        }
        for (int i = 0; i < 3; i++) {
            assertFalse(futures.get(i).isDone());
            time.advance(SECOND);
            Call.until(futures.get(i)::isDone); // the thread that is next may be the one that delivers it
            assertFalse(threads.get(i).isDone());
            time.awaitWaiters(1); // the thread that is next watches the clock
            time.advance(SECOND);
            threads.get(i).get();
        }
        assertEquals(6, bucket.metrics().waits());
    }

    @Test
    void cancelling_a_future_leaves_the_line_and_those_behind_move_up() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        CompletableFuture<Void> large = bucket.acquireAsync(5);
        CompletableFuture<Void> small = bucket.acquireAsync(2);
        FutureTask<Boolean> thread = start(() -> bucket.tryAcquire(1, Duration.ofSeconds(100)));
        while (bucket.metrics().waiters() < 3) {
            Thread.onSpinWait();
        }
        time.advance(SECOND.multipliedBy(3));
        assertTrue(large.cancel(true)); // and the one that leaves grants what is due
        Call.until(small::isDone); // the thread may be the one that delivers it
        assertTrue(thread.get());
        assertFalse(bucket.tryAcquire());
        assertEquals(1, bucket.metrics().abandoned());
        assertEquals(0, time.waiters());
    }

    @Test
    void completing_a_future_by_hand_is_as_good_as_cancelling_it() {
        TokenBucket bucket = empty(Rate.perSecond(1));
        assertTrue(bucket.acquireAsync().complete(null));
        assertTrue(bucket.acquireAsync().completeExceptionally(new RuntimeException("enough")));
        assertEquals(0, bucket.metrics().waiters());
        time.advance(SECOND);
        assertTrue(bucket.tryAcquire());
    }

    /** Compare helidon-io/helidon#12510 and ben-manes/caffeine#625. */
    @Test
    void cancelling_a_future_frees_its_place_before_its_dependents_run() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(10).withBurst(50));
        CompletableFuture<Void> large = bucket.acquireAsync(50);
        CompletableFuture<Void> behind = bucket.acquireAsync(2);
        List<Object> seen = new ArrayList<>();
        large.whenComplete((nothing, failure) -> {
            seen.add(bucket.metrics().waiters());
            seen.add(behind.isDone());
            seen.add(bucket.tryAcquire(1));
        });
        time.advance(Duration.ofMillis(300));
        assertTrue(large.cancel(false));
        assertEquals(List.of(0, true, true), seen);
        assertTrue(large.cancel(false), "it is cancelled");
        assertFalse(large.complete(null));
    }

    @Test
    void every_way_to_end_a_future_by_hand_frees_its_place_first() {
        TokenBucket bucket = empty(Rate.perSecond(1));
        for (int way = 0; way < 5; way++) {
            CompletableFuture<Void> future = bucket.acquireAsync();
            List<Integer> waiters = new ArrayList<>();
            future.whenComplete(
                    (nothing, failure) -> waiters.add(bucket.metrics().waiters()));
            switch (way) {
                case 0 -> future.complete(null);
                case 1 -> future.completeExceptionally(new IllegalStateException("enough"));
                case 2 -> future.completeAsync(() -> null, Runnable::run);
                case 3 -> future.obtrudeValue(null);
                default -> future.obtrudeException(new IllegalStateException("enough"));
            }
            assertTrue(future.isDone());
            assertEquals(List.of(0), waiters, "way " + way);
        }
        time.advance(SECOND);
        assertEquals(1, bucket.drain());
    }

    @Test
    void a_cancel_in_the_jitter_gives_the_permits_back_at_once() throws Exception {
        TokenBucket bucket = TokenBucket.builder(Rate.perSecond(10).withBurst(5))
                .initialPermits(0)
                .jitter(Duration.ofDays(30))
                .timeSource(time)
                .build();
        CompletableFuture<Void> future = bucket.acquireAsync(5);
        Reservation reservation = bucket.reserve(2);
        time.advance(Duration.ofMillis(700));
        assertFalse(future.isDone() || reservation.isGranted(), "a chance of 1 in a trillion");
        assertEquals(0, bucket.drain());
        assertTrue(future.cancel(false));
        assertTrue(reservation.cancel());
        assertFalse(reservation.cancel());
        assertEquals(5, bucket.drain());
        assertEquals(0, time.waiters(), "a timer is left");
        assertEquals(new Counts(0, 7, 0, Duration.ofMillis(1_200), 2, 0), Counts.of(bucket));
    }

    @Test
    void waits_for_futures_and_reservations_move_a_clock_that_advances_by_itself() throws Exception {
        ManualTimeSource automatic = ManualTimeSource.autoAdvancing();
        TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1))
                .initialPermits(0)
                .timeSource(automatic)
                .build();
        bucket.acquireAsync().get();
        bucket.acquireAsync().get(1, TimeUnit.MINUTES);
        bucket.acquireAsync().join();
        bucket.reserve().await();
        assertTrue(bucket.reserve().await(Duration.ofMinutes(1)));
        assertEquals(Duration.ofSeconds(5).toNanos(), automatic.nanoTime());
    }

    @Test
    void a_timed_get_ends_in_real_time_also_when_the_clock_stands_still() {
        CompletableFuture<Void> future = empty(Rate.perSecond(1)).acquireAsync();
        assertThrows(TimeoutException.class, () -> future.get(1, TimeUnit.MILLISECONDS));
        assertThrows(TimeoutException.class, () -> future.get(0, TimeUnit.MILLISECONDS));
        assertNull(future.getNow(null));
        assertFalse(future.isDone());
    }

    /** Compare spring-projects/spring-security#6856. */
    @Test
    void continuations_run_with_the_context_of_their_own_call() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1));
        List<CompletableFuture<String>> seen = new ArrayList<>();
        for (String user : List.of("alice", "bob")) {
            MDC.put("user", user);
            seen.add(bucket.acquireAsync().thenApply(nothing -> MDC.get("user")));
            MDC.clear();
        }
        seen.add(bucket.acquireAsync().thenApply(nothing -> MDC.get("user")));
        time.advance(Duration.ofSeconds(3));
        assertEquals("alice", seen.get(0).get());
        assertEquals("bob", seen.get(1).get());
        assertNull(seen.get(2).get());
    }

    @Test
    void a_slow_dependent_of_one_future_does_not_hold_up_the_next() throws Exception {
        TokenBucket bucket = TokenBucket.builder(Rate.of(1, Duration.ofDays(1)))
                .initialPermits(0)
                .build();
        CompletableFuture<Void> stuck = new CompletableFuture<>();
        CompletableFuture<Void> first = bucket.acquireAsync().thenRun(stuck::join); // before the permit is there
        bucket.replaceRate(Rate.of(1, Duration.ofMillis(1)));
        bucket.acquireAsync().get();
        bucket.acquire();
        stuck.complete(null);
        first.get();
    }

    @Test
    void a_reservation_is_granted_in_its_turn_whether_it_is_awaited_or_not() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        Reservation first = bucket.reserve(2);
        Reservation second = bucket.reserve(3);
        assertEquals(2, first.permits());
        assertEquals(Duration.ofSeconds(2), first.delay());
        assertEquals(Duration.ofSeconds(5), second.delay());
        time.advance(Duration.ofSeconds(2));
        assertTrue(first.isGranted());
        first.await();
        assertFalse(second.await(Duration.ZERO));
        assertEquals("Reservation[3 permits, due in PT3S]", second.toString());
        FutureTask<Boolean> awaiting = start(() -> second.await(Duration.ofSeconds(3)));
        time.awaitWaiters(2);
        time.advance(Duration.ofSeconds(3));
        assertTrue(awaiting.get());
        assertEquals(Duration.ZERO, second.delay());
        assertFalse(bucket.tryAcquire());
    }

    @Test
    void cancelled_reservation_gives_back_exactly_its_permits_once_whenever_that_is() throws Exception {
        TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1).withBurst(5))
                .timeSource(time)
                .build();
        Reservation atOnce = bucket.reserve(5);
        assertTrue(atOnce.isGranted());
        assertTrue(atOnce.cancel());
        assertFalse(atOnce.cancel());
        assertFalse(atOnce.isGranted());
        assertEquals(5, bucket.drain());

        Reservation waiting = bucket.reserve(5);
        assertTrue(waiting.cancel());
        assertFalse(waiting.cancel());
        assertThrows(CancellationException.class, waiting::await);
        assertEquals(0, bucket.tryAcquireUpTo(5));

        Reservation granted = bucket.reserve(2);
        time.advance(Duration.ofSeconds(2));
        assertTrue(granted.isGranted());
        assertEquals(0, bucket.drain());
        assertTrue(granted.cancel());
        assertFalse(granted.cancel());
        assertEquals(2, bucket.drain());
        assertEquals("Reservation[2 permits, cancelled]", granted.toString());
    }

    @Test
    void interrupted_or_timed_out_await_leaves_the_reservation_as_it_is() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1));
        Reservation reservation = bucket.reserve();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, reservation::await);
        FutureTask<Void> interrupted = new FutureTask<>(() -> {
            reservation.await();
            return null;
        });
        Thread thread = Thread.ofVirtual().start(interrupted);
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        thread.interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, interrupted::get).getCause());
        FutureTask<Boolean> late = start(() -> reservation.await(SECOND.dividedBy(2)));
        time.awaitWaiters(2);
        time.advance(SECOND.dividedBy(2));
        assertFalse(late.get());
        time.advance(SECOND.dividedBy(2));
        assertTrue(reservation.await(Duration.ZERO));
    }

    @Test
    void cancelling_a_reservation_ends_the_wait_for_it() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1));
        Reservation reservation = bucket.reserve();
        FutureTask<Void> waiting = new FutureTask<>(() -> {
            reservation.await();
            return null;
        });
        Thread thread = Thread.ofVirtual().start(waiting);
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertTrue(reservation.cancel());
        assertInstanceOf(
                CancellationException.class,
                assertThrows(ExecutionException.class, waiting::get).getCause());
    }

    @Test
    void a_smaller_burst_refuses_those_who_want_more_and_serves_the_others() {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(10));
        CompletableFuture<Void> large = bucket.acquireAsync(10);
        Reservation reserved = bucket.reserve(6);
        FutureTask<Void> thread = start(() -> {
            bucket.acquire(7);
            return null;
        });
        while (bucket.metrics().waiters() < 3) {
            Thread.onSpinWait();
        }
        CompletableFuture<Void> small = bucket.acquireAsync(5);
        bucket.replaceRate(Rate.perSecond(5));
        time.advance(Duration.ZERO);
        assertInstanceOf(
                RejectedExecutionException.class,
                assertThrows(CompletionException.class, large::join).getCause());
        assertThrows(RejectedExecutionException.class, reserved::await);
        assertFalse(reserved.cancel());
        assertInstanceOf(
                RejectedExecutionException.class,
                assertThrows(ExecutionException.class, thread::get).getCause());
        time.advance(SECOND);
        assertTrue(small.isDone());
        assertEquals(3, bucket.metrics().abandoned());
    }

    @Test
    void nothing_is_lost_or_minted_by_cancels_and_refunds_in_random_order() {
        long seed = System.nanoTime();
        System.out.println("nothing_is_lost_or_minted_by_cancels seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            TokenBucket bucket = empty(Rate.perSecond(10).withBurst(20));
            long start = time.nanoTime();
            List<CompletableFuture<Void>> futures = new ArrayList<>();
            List<Reservation> reservations = new ArrayList<>();
            long used = 0;
            for (int step = 0; step < 30; step++) {
                long n = 1 + random.nextInt(5);
                switch (random.nextInt(5)) {
                    case 0 -> futures.add(bucket.acquireAsync(n));
                    case 1 -> reservations.add(bucket.reserve(n));
                    case 2 -> used += bucket.tryAcquire(n) ? n : 0;
                    case 3 -> time.advance(Duration.ofMillis(random.nextInt(500)));
                    default -> {
                        if (!reservations.isEmpty()) {
                            reservations
                                    .remove(random.nextInt(reservations.size()))
                                    .cancel();
                        }
                    }
                }
            }
            reservations.forEach(Reservation::cancel);
            time.advance(Duration.ofSeconds(60)); // all futures are served, and the bucket is full again
            assertTrue(futures.stream().allMatch(CompletableFuture::isDone), "seed " + seed);
            assertEquals(20, bucket.drain(), "seed " + seed);
            assertTrue(used <= 20 + (time.nanoTime() - start) / 100_000_000);
            assertEquals(0, time.waiters(), "seed " + seed);
        }
    }

    @Test
    void to_wait_for_one_of_many_costs_the_same_however_many_are_before_it() throws Exception {
        TokenBucket bucket = TokenBucket.builder(Rate.of(1, Duration.ofDays(1)))
                .initialPermits(0)
                .build();
        List<Reservation> reservations = new ArrayList<>();
        for (int i = 0; i < 30_000; i++) {
            reservations.add(bucket.reserve());
        }
        long least = Long.MAX_VALUE;
        for (int from = 20_000; from < 30_000; from += 1_000) { // something else may slow some of them down
            List<Reservation> some = reservations.subList(from, from + 1_000);
            least = Math.min(least, CpuTime.nanosOf(() -> {
                for (Reservation reservation : some) {
                    assertFalse(reservation.await(Duration.ofNanos(1)));
                }
            }));
        }
        long nanos = least / 1_000;
        assertTrue(
                nanos < 150_000, "a walk over those before it takes four times as long, but it took " + nanos + " ns");
    }

    /** A timer that is late is that of every machine now and then. */
    private static final class LateTimers extends ScriptedTime {
        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            return super.schedule(task, delay.plusSeconds(1));
        }
    }

    @Test
    void a_wait_for_a_reservation_for_its_delay_ends_with_the_permits_though_the_timer_is_late() throws Exception {
        LateTimers late = new LateTimers();
        RateLimiter limiter =
                TokenBucket.builder(Rate.perSecond(1)).timeSource(late).build();
        limiter.drain();
        Reservation first = limiter.reserve();
        Call<Boolean> wait = Call.start(() -> first.await(first.delay()));
        late.manual.awaitWaiters(2);
        late.manual.advance(Duration.ofSeconds(1));
        assertTrue(wait.result());

        Reservation second = limiter.reserve();
        late.manual.advance(Duration.ofSeconds(1));
        assertTrue(second.await(Duration.ZERO));
    }
}
