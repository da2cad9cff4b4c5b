package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** What must not go wrong when something else does, or comes at the worst moment. */
@Timeout(60)
class TokenBucketFaultsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ScriptedTime time = new ScriptedTime();

    private static TokenBucket.Builder empty(long burst, ScriptedTime time) {
        return TokenBucket.builder(Rate.perSecond(1).withBurst(burst))
                .initialPermits(0)
                .timeSource(time);
    }

    @Test
    void a_timer_that_has_begun_when_it_is_cancelled_delivers_no_second_time() {
        List<Runnable> begun = new ArrayList<>();
        ScriptedTime late = new ScriptedTime() {
            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                begun.add(task);
                return () -> false;
            }
        };
        TokenBucket bucket = empty(5, late).build();
        CompletableFuture<Void> future = bucket.acquireAsync();
        bucket.replaceRate(Rate.of(1, Duration.ofMillis(900)).withBurst(5)); // has another timer in place of the first
        late.manual.advance(SECOND);
        List.copyOf(begun).forEach(Runnable::run);
        assertTrue(future.isDone());
        assertEquals(2, begun.size());
        assertEquals(1, bucket.metrics().admitted());
        assertEquals(0, bucket.drain(), "a permit was minted");
    }

    @Test
    void a_burst_that_shrinks_while_a_request_joins_the_line_refuses_it_and_blocks_nobody() {
        assertRefusedWhenItJoins(bucket -> () -> bucket.acquire(3));
        assertRefusedWhenItJoins(bucket -> () -> bucket.tryAcquire(3, SECOND.multipliedBy(9)));
        assertRefusedWhenItJoins(bucket -> () -> bucket.reserve(3));
        assertRefusedWhenItJoins(bucket -> () -> {
            CompletableFuture<Void> future = bucket.acquireAsync(3);
            Throwable failure = assertThrows(CompletionException.class, future::join);
            throw assertInstanceOf(RejectedExecutionException.class, failure.getCause());
        });
    }

    private static void assertRefusedWhenItJoins(Function<TokenBucket, Executable> request) {
        ScriptedTime time = new ScriptedTime();
        TokenBucket bucket = empty(5, time).build();
        time.inReading(2, () -> bucket.replaceRate(Rate.perSecond(1))); // the first is of the attempt not to wait
        assertThrows(RejectedExecutionException.class, request.apply(bucket));
        assertEquals(0, bucket.metrics().waiters());
        assertEquals(1, bucket.metrics().abandoned());
        time.manual.advance(SECOND);
        assertTrue(bucket.tryAcquire());
    }

    @Test
    void a_task_that_may_not_wait_on_its_clock_leaves_nothing_in_the_line() {
        TokenBucket bucket = empty(5, time).build();
        time.schedule(bucket::acquireUninterruptibly, Duration.ZERO); // it fails, and that is logged
        time.manual.advance(SECOND);
        assertEquals(0, bucket.metrics().waiters());
        assertTrue(bucket.tryAcquire());
    }

    @Test
    void a_clock_that_fails_when_the_permits_are_granted_already_loses_nothing() throws Exception {
        ScriptedTime failing = new ScriptedTime() {
            @Override
            public void parkNanos(Object blocker, long nanos) {
                throw new IllegalStateException("the clock is broken");
            }
        };
        TokenBucket bucket = empty(5, failing).build();
        Reservation head = bucket.reserve();
        // Readings: the ticket, the length of the wait, the time that is left, the deadline, and the look at it.
        failing.inReading(5, () -> bucket.refund(2));
        assertTrue(bucket.tryAcquire(1, SECOND.multipliedBy(9)));
        assertTrue(head.isGranted());
        assertEquals(0, bucket.metrics().waiters());
        assertEquals(0, bucket.drain());
    }

    @Test
    void a_clock_on_which_nobody_can_wait_ends_the_waits() throws Exception {
        ScriptedTime failing = new ScriptedTime() {
            @Override
            public void parkNanos(Object blocker, long nanos) {
                throw new IllegalStateException("the clock is broken");
            }
        };
        TokenBucket bucket = empty(5, failing).build();
        assertFalse(bucket.tryAcquire(1, SECOND.multipliedBy(9)));
        assertThrows(IllegalStateException.class, bucket::acquire);
        Reservation reservation = bucket.reserve();
        assertThrows(IllegalStateException.class, reservation::await);
        assertFalse(reservation.await(SECOND));
        assertTrue(reservation.cancel());
        assertEquals(0, bucket.metrics().waiters());
    }

    @Test
    void a_clock_that_cannot_schedule_leaves_nothing_in_the_line() {
        ScriptedTime failing = new ScriptedTime() {
            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                throw new IllegalStateException("the clock is broken");
            }
        };
        TokenBucket bucket = empty(5, failing).build();
        assertThrows(IllegalStateException.class, bucket::acquireAsync);
        assertEquals(0, bucket.metrics().waiters());
        failing.manual.advance(SECOND);
        assertTrue(bucket.tryAcquire());
    }

    @Test
    void a_clock_that_fails_while_the_rate_is_replaced_leaves_the_old_rate() {
        TokenBucket bucket = empty(5, time).build();
        time.manual.advance(SECOND);
        for (int reading = 1; reading <= 3; reading++) {
            time.inReading(reading, () -> {
                throw new IllegalStateException("the clock is broken");
            });
            assertThrows(IllegalStateException.class, () -> bucket.replaceRate(Rate.perSecond(7)));
            assertEquals(1, bucket.rate().permits());
            assertEquals(
                    1,
                    assertTimeoutPreemptively(
                            Duration.ofMinutes(1), () -> bucket.peek(1).remaining()));
        }
    }

    @Test
    void a_timeout_beyond_the_clock_is_refused_by_a_full_line_as_others_are() throws Exception {
        TokenBucket bucket = empty(5, time).maxWaiters(0).build();
        assertFalse(bucket.tryAcquire(1, SECOND.multipliedBy(9)));
        assertFalse(bucket.tryAcquire(1, Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void every_refusal_by_a_full_line_is_counted() {
        TokenBucket bucket = empty(5, time).maxWaiters(0).build();
        assertThrows(RejectedExecutionException.class, () -> bucket.acquire(1));
        assertThrows(RejectedExecutionException.class, () -> bucket.acquireUninterruptibly(1));
        assertThrows(RejectedExecutionException.class, () -> bucket.reserve(1));
        assertTrue(bucket.acquireAsync(1).isCompletedExceptionally());
        assertEquals(4, bucket.metrics().rejected());
    }

    @Test
    void what_depends_on_a_refused_future_does_not_run_in_the_thread_that_replaces_the_rate() {
        TokenBucket bucket = empty(5, time).build();
        CompletableFuture<Void> future = bucket.acquireAsync(3);
        CompletableFuture<Thread> dependent = new CompletableFuture<>();
        future.whenComplete((nothing, failure) -> dependent.complete(Thread.currentThread()));
        bucket.replaceRate(Rate.perSecond(1));
        assertTrue(future.isCompletedExceptionally());
        assertNotSame(Thread.currentThread(), dependent.join());
    }

    @Test
    void a_refused_reservation_stays_refused_after_every_kind_of_cancel() {
        TokenBucket bucket = empty(5, time).build();
        Reservation before = bucket.reserve(3);
        Reservation after = bucket.reserve(3);
        bucket.replaceRate(Rate.perSecond(1));
        assertFalse(before.cancel());
        assertThrows(RejectedExecutionException.class, before::await);
        time.manual.advance(Duration.ZERO);
        assertFalse(after.cancel());
        assertThrows(RejectedExecutionException.class, after::await);
        assertEquals(6, bucket.metrics().rejected());
    }

    @Test
    void waits_for_a_reservation_that_time_out_leave_nothing_behind() throws Exception {
        ManualTimeSource clock = new ManualTimeSource();
        TokenBucket bucket = TokenBucket.builder(Rate.of(1, Duration.ofDays(1)))
                .initialPermits(0)
                .timeSource(clock)
                .build();
        Reservation reservation = bucket.reserve();
        for (int i = 0; i < 20; i++) {
            Call<Boolean> call = Call.start(() -> reservation.await(Duration.ofMillis(1)));
            clock.awaitWaiters(2); // the timer, and the caller
            clock.advance(Duration.ofMillis(1));
            assertFalse(call.result());
        }
        assertTrue(((AsyncTicket) reservation.place).awaiting.isEmpty());
    }

    private static void fail() {
        throw new IllegalStateException("the clock is broken");
    }

    @Test
    void a_clock_that_fails_in_the_grant_of_a_thread_loses_nobody_behind_it() {
        TokenBucket bucket = empty(5, time).build();
        List<Reservation> behind = new ArrayList<>();
        // Readings: the attempt not to wait, the ticket, and the first look of the head.
        time.inReading(3, () -> {
            behind.add(bucket.reserve());
            fail();
        });
        assertThrows(IllegalStateException.class, bucket::acquire);
        assertEquals(1, bucket.metrics().waiters());
        time.manual.advance(SECOND);
        assertTrue(behind.getFirst().isGranted());
        assertEquals(0, bucket.metrics().waiters());
        assertEquals(0, bucket.drain());
    }

    @Test
    void a_clock_that_fails_in_the_timer_loses_neither_the_head_nor_those_behind_it() {
        TokenBucket bucket = empty(5, time).build();
        Reservation first = bucket.reserve();
        Reservation second = bucket.reserve();
        time.inReading(1, TokenBucketFaultsTest::fail);
        time.manual.advance(SECOND);
        assertFalse(first.isGranted());
        time.manual.advance(Duration.ofMillis(100)); // the timer looks again
        assertTrue(first.isGranted());
        time.manual.advance(SECOND);
        assertTrue(second.isGranted());
    }

    @Test
    void a_clock_that_fails_in_the_jitter_gives_the_permits_back() {
        ScriptedTime failing = new ScriptedTime() {
            @Override
            public void parkNanos(Object blocker, long nanos) {
                fail();
            }
        };
        TokenBucket bucket =
                empty(5, failing).jitter(SECOND.multipliedBy(1_000)).build();
        failing.inReading(3, () -> bucket.refund(1));
        assertThrows(IllegalStateException.class, bucket::acquire);
        assertEquals(1, bucket.drain());
    }
}
