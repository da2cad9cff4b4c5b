package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

@Timeout(60)
class TimeoutsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** For what is in time, on however busy a machine. */
    private static final Duration LONG = Duration.ofHours(1);

    @Test
    void a_task_in_time_returns_or_throws_as_it_does() throws Exception {
        assertEquals(7, Timeouts.call(LONG, () -> 7));
        assertNull(Timeouts.call(LONG, () -> null));
        IOException failure = new IOException();
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> Timeouts.call(LONG, () -> {
                            throw failure;
                        })));
        InterruptedException own = new InterruptedException();
        assertSame(
                own,
                assertThrows(
                        InterruptedException.class,
                        () -> Timeouts.call(LONG, () -> {
                            throw own;
                        })));
    }

    @Test
    void a_task_out_of_time_is_interrupted_and_has_ended() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        FutureTask<TimeoutException> call = new FutureTask<>(() -> {
            TimeoutException thrown = assertThrows(
                    TimeoutException.class,
                    () -> Timeouts.call(SECOND, time, () -> {
                        started.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            ended.set(true);
                        }
                        return 7;
                    }));
            assertTrue(ended.get());
            assertFalse(Thread.currentThread().isInterrupted(), "the interrupt leaked");
            return thrown;
        });
        Thread.ofVirtual().start(call);
        started.await();
        time.awaitWaiters(1);
        time.advance(SECOND);
        TimeoutException thrown = call.get();
        assertEquals("took longer than PT1S", thrown.getMessage());
        assertInstanceOf(InterruptedException.class, thrown.getSuppressed()[0]);
    }

    @Test
    void interrupt_before_the_call_does_not_start_the_task() {
        AtomicBoolean started = new AtomicBoolean();
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class,
                () -> Timeouts.call(LONG, () -> {
                    started.set(true);
                    return 1;
                }));
        assertFalse(Thread.interrupted());
        assertFalse(started.get());
    }

    @Test
    void interrupt_during_the_call_interrupts_the_task_and_joins_it() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            assertThrows(
                    InterruptedException.class,
                    () -> Timeouts.call(Duration.ofDays(1), () -> {
                        started.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            ended.set(true);
                        }
                        return 1;
                    }));
            return ended.get();
        });
        Thread caller = Thread.ofPlatform().start(call);
        started.await();
        caller.interrupt();
        assertTrue(call.get());
    }

    @Test
    void no_interrupt_leaks_when_the_timeout_and_the_result_race() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            try {
                Timeouts.call(Duration.ofNanos(20_000), () -> 1);
            } catch (TimeoutException expected) {
                // either is right
            }
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }

    @Test
    void a_task_in_time_of_a_deadline_returns() throws Exception {
        assertEquals(7, Timeouts.call(Deadline.never(), () -> 7));
        assertEquals(7, Timeouts.call(Deadline.after(Duration.ofDays(1)), () -> 7));
    }

    @Test
    void a_task_past_its_deadline_is_interrupted_and_has_ended() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Deadline deadline = Deadline.after(SECOND, time);
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        FutureTask<TimeoutException> call = new FutureTask<>(() -> {
            TimeoutException thrown = assertThrows(
                    TimeoutException.class,
                    () -> Timeouts.call(deadline, () -> {
                        started.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            ended.set(true);
                        }
                        return 7;
                    }));
            assertTrue(ended.get());
            return thrown;
        });
        Thread.ofPlatform().start(call);
        started.await();
        time.awaitWaiters(1);
        time.advance(SECOND);
        assertEquals("was not done at its deadline", call.get().getMessage());
    }

    @Test
    void after_the_deadline_the_task_is_not_started() {
        AtomicBoolean started = new AtomicBoolean();
        assertThrows(
                TimeoutException.class,
                () -> Timeouts.call(Deadline.after(Duration.ZERO), () -> started.getAndSet(true)));
        assertFalse(started.get());
    }

    @Test
    void an_error_reaches_the_caller_with_a_trace_of_the_call() {
        Error error = new Error();
        Error thrown = assertThrows(
                Error.class,
                () -> Timeouts.call(LONG, () -> {
                    throw error;
                }));
        assertSame(error, thrown);
        assertTrue(Arrays.stream(thrown.getSuppressed()[0].getStackTrace())
                .anyMatch(frame -> frame.getMethodName().contains("an_error_reaches_the_caller")));
    }

    @Test
    void a_task_that_ignores_its_interrupt_is_waited_for_and_logged() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            assertThrows(
                    TimeoutException.class,
                    () -> TimeLimit.until(Deadline.after(SECOND, time))
                            .patience(SECOND, time)
                            .call(() -> {
                                started.countDown();
                                while (release.getCount() > 0) {
                                    try {
                                        release.await();
                                    } catch (InterruptedException ignored) {
                                        // a bad task
                                    }
                                }
                                ended.set(true);
                                return 7;
                            }));
            return ended.get();
        });
        try (CapturedLog log = CapturedLog.of(Timeouts.class)) {
            Thread.ofVirtual().start(call);
            started.await();
            time.awaitWaiters(1);
            time.advance(SECOND);
            Eventually.await().until(() -> {
                time.advance(SECOND); // more than once if the caller was woken, and about to wait again
                return !log.lines().isEmpty();
            });
            release.countDown();
            assertTrue(call.get());
            assertEquals(1, log.lines().size(), () -> log.lines().toString());
            assertTrue(log.lines().getFirst().contains("waits for a task that ignores its interrupt"));
        }
    }

    @Test
    void a_task_may_fork_into_the_scope_that_its_caller_is_in() throws Exception {
        try (TaskScope<TimeoutException> scope = TaskScope.failFast()) {
            Subtask<Integer> forked = Timeouts.call(LONG, () -> scope.fork(() -> 7));
            scope.join();
            assertEquals(7, forked.get());
        }
    }

    @Test
    void the_logging_context_is_the_callers() throws Exception {
        MDC.put("request", "r1");
        try {
            assertEquals("r1", Timeouts.call(LONG, () -> MDC.get("request")));
        } finally {
            MDC.clear();
        }
    }

    @Test
    void bad_arguments_are_refused() {
        assertThrows(IllegalArgumentException.class, () -> Timeouts.call(Duration.ZERO, () -> 1));
        assertThrows(NullPointerException.class, () -> Timeouts.call(SECOND, null));
        assertThrows(NullPointerException.class, () -> Timeouts.call((Duration) null, () -> 1));
    }

    @Test
    void a_clock_that_schedules_nothing_starts_no_task() {
        IllegalStateException broken = new IllegalStateException("no timer");
        AtomicBoolean started = new AtomicBoolean();
        assertSame(
                broken,
                assertThrows(
                        IllegalStateException.class,
                        () -> Timeouts.call(SECOND, new WithoutTimer(broken), () -> started.getAndSet(true))));
        assertFalse(started.get());
    }

    /** Throws when something is scheduled. */
    private record WithoutTimer(RuntimeException broken) implements TimeSource {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {}

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            throw broken;
        }
    }

    /** A caller on a virtual thread cannot run while computations keep all carriers busy, but the timer can. */
    @Test
    void a_task_that_computes_is_interrupted_on_time_though_all_carriers_compute() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        int carriers = Runtime.getRuntime().availableProcessors();
        FutureTask<TimeoutException> call = new FutureTask<>(() -> assertThrows(
                TimeoutException.class,
                () -> Timeouts.call(Duration.ofMillis(50), () -> {
                    for (int i = 0; i < carriers; i++) {
                        Thread.startVirtualThread(() -> {
                            while (!over.get()) {
                                Thread.onSpinWait();
                            }
                        });
                    }
                    while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                    over.set(true);
                    return 1;
                })));
        Thread.ofVirtual().start(call);
        try {
            assertEquals(
                    "took longer than PT0.05S", call.get(30, TimeUnit.SECONDS).getMessage());
        } finally {
            over.set(true);
        }
    }
}
