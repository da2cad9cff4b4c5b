package dev.weir.core.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class SystemTimeSourceTest {
    static TimeSource[] clocks() {
        return new TimeSource[] {TimeSource.system(), TimeSource.coarse()};
    }

    @Test
    void each_clock_is_one() {
        assertSame(TimeSource.system(), TimeSource.system());
        assertSame(TimeSource.coarse(), TimeSource.coarse());
        assertEquals(Duration.ofNanos(1), TimeSource.system().resolution());
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void sleep_is_never_early(TimeSource time) throws Exception {
        for (long nanos : new long[] {0, 1, 100, 10_000, 1_000_000, 5_000_000}) {
            long start = System.nanoTime();
            time.sleepNanos(nanos);
            assertTrue(System.nanoTime() - start >= nanos, "woke before " + nanos + " ns");
        }
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void spurious_wakeups_do_not_shorten_a_sleep(TimeSource time) throws Exception {
        long nanos = 50_000_000;
        FutureTask<Long> sleeper = new FutureTask<>(() -> {
            long start = System.nanoTime();
            time.sleepNanos(nanos);
            return System.nanoTime() - start;
        });
        Thread thread = Thread.ofVirtual().start(sleeper);
        while (!sleeper.isDone()) {
            LockSupport.unpark(thread);
            Thread.onSpinWait();
        }
        assertTrue(sleeper.get() >= nanos);
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void interrupt_before_a_sleep_throws_and_clears_the_status(TimeSource time) {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> time.sleep(Duration.ofDays(1)));
        assertFalse(Thread.interrupted());
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void interrupt_during_a_sleep_throws(TimeSource time) throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        FutureTask<Boolean> sleeper = new FutureTask<>(() -> {
            entered.countDown();
            try {
                time.sleep(Duration.ofDays(200_000));
                return false;
            } catch (InterruptedException expected) {
                return !Thread.currentThread().isInterrupted();
            }
        });
        Thread thread = Thread.ofVirtual().start(sleeper);
        entered.await();
        thread.interrupt();
        assertTrue(sleeper.get());
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void scheduled_task_runs_once_and_never_early(TimeSource time) throws Exception {
        CompletableFuture<Long> ran = new CompletableFuture<>();
        long start = System.nanoTime();
        TimeSource.ScheduledTask task =
                time.schedule(() -> ran.complete(System.nanoTime() - start), Duration.ofMillis(5));
        assertTrue(ran.get(60, TimeUnit.SECONDS) >= 5_000_000);
        assertFalse(task.cancel());
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void cancelled_task_never_runs(TimeSource time) throws Exception {
        AtomicInteger runs = new AtomicInteger();
        TimeSource.ScheduledTask task = time.schedule(runs::incrementAndGet, Duration.ofDays(200_000));
        assertTrue(task.cancel());
        assertFalse(task.cancel());
        // A task that is due later than the cancelled one would have been shows that the timer is through.
        CompletableFuture<Void> after = new CompletableFuture<>();
        time.schedule(() -> after.complete(null), Duration.ofMillis(1));
        after.get(60, TimeUnit.SECONDS);
        assertEquals(0, runs.get());
    }

    @Test
    void a_task_that_blocks_delays_no_other() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<Void> second = new CompletableFuture<>();
        TimeSource.system()
                .schedule(
                        () -> {
                            try {
                                never.await();
                            } catch (InterruptedException stop) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        Duration.ZERO);
        TimeSource.system().schedule(() -> second.complete(null), Duration.ofNanos(1));
        second.get(60, TimeUnit.SECONDS);
        never.countDown();
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void schedule_without_a_task_is_refused(TimeSource time) {
        assertEquals(
                "task",
                assertThrows(NullPointerException.class, () -> time.schedule(null, Duration.ZERO))
                        .getMessage());
    }
}
