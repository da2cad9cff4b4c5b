package dev.weir.core.time;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class SystemTimeSourceTest {
    private static final InheritableThreadLocal<String> CONTEXT = new InheritableThreadLocal<>();

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

    @ParameterizedTest
    @MethodSource("clocks")
    void tasks_share_a_daemon_platform_thread_that_has_nothing_of_who_started_it(TimeSource time) throws Exception {
        CompletableFuture<Thread> first = new CompletableFuture<>();
        CompletableFuture<Thread> second = new CompletableFuture<>();
        CompletableFuture<String> inherited = new CompletableFuture<>();
        TimeSource.ScheduledTask far;
        CONTEXT.set("of the starter");
        try {
            far = time.schedule(() -> {}, Duration.ofHours(1)); // so that the thread does not end between the others
            time.schedule(() -> first.complete(Thread.currentThread()), Duration.ZERO);
            time.schedule(() -> second.complete(Thread.currentThread()), Duration.ofNanos(1));
            time.schedule(() -> inherited.complete(CONTEXT.get()), Duration.ZERO);
        } finally {
            CONTEXT.remove();
        }
        Thread timer = first.get(60, TimeUnit.SECONDS);
        assertSame(timer, second.get(60, TimeUnit.SECONDS));
        assertNull(inherited.get(60, TimeUnit.SECONDS));
        assertTrue(far.cancel());
        assertFalse(timer.isVirtual());
        assertTrue(timer.isDaemon());
        assertEquals("weir-timer", timer.getName());
        assertSame(ClassLoader.getSystemClassLoader(), timer.getContextClassLoader());
    }

    @Test
    void the_timers_thread_ends_when_there_is_nothing_to_do_and_comes_back() throws Exception {
        ScheduledThreadPoolExecutor timer = SystemTimeSource.TimerTask.timer();
        for (int round = 0; round < 2; round++) {
            AtomicInteger runs = new AtomicInteger();
            timer.schedule(runs::incrementAndGet, 1, TimeUnit.NANOSECONDS).get(60, TimeUnit.SECONDS);
            assertEquals(1, runs.get());
            await().until(() -> timer.getPoolSize() == 0);
        }
    }

    // pragmaticalabs/pragmatica#750
    @ParameterizedTest
    @MethodSource("clocks")
    void a_task_runs_though_virtual_threads_keep_all_carriers_busy(TimeSource time) throws Exception {
        int carriers = Runtime.getRuntime().availableProcessors();
        AtomicBoolean over = new AtomicBoolean();
        CountDownLatch spinning = new CountDownLatch(carriers);
        try {
            for (int i = 0; i < carriers; i++) {
                Thread.startVirtualThread(() -> {
                    spinning.countDown();
                    while (!over.get()) {
                        Thread.onSpinWait();
                    }
                });
            }
            spinning.await();
            CompletableFuture<Void> ran = new CompletableFuture<>();
            time.schedule(() -> ran.complete(null), Duration.ofMillis(5));
            ran.get(30, TimeUnit.SECONDS);
        } finally {
            over.set(true);
        }
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void delays_beyond_the_clock_do_not_disturb_the_order(TimeSource time) throws Exception {
        AtomicInteger runs = new AtomicInteger();
        List<TimeSource.ScheduledTask> far = new ArrayList<>();
        for (long nanos : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 1, (Long.MAX_VALUE >> 1) + 1}) {
            far.add(time.schedule(runs::incrementAndGet, Duration.ofNanos(nanos)));
        }
        far.add(time.schedule(runs::incrementAndGet, Duration.ofSeconds(Long.MAX_VALUE)));
        for (int i = 0; i < 10; i++) {
            CompletableFuture<Void> ran = new CompletableFuture<>();
            time.schedule(() -> ran.complete(null), i == 0 ? Duration.ofDays(-200_000) : Duration.ofNanos(i));
            ran.get(60, TimeUnit.SECONDS);
        }
        assertEquals(0, runs.get());
        for (TimeSource.ScheduledTask task : far) {
            assertTrue(task.cancel());
        }
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void a_task_that_throws_does_not_stop_the_others(TimeSource time) throws Exception {
        for (int i = 0; i < 3; i++) {
            time.schedule(
                    () -> {
                        throw new AssertionError("a test's");
                    },
                    Duration.ZERO);
        }
        CompletableFuture<Void> ran = new CompletableFuture<>();
        time.schedule(() -> ran.complete(null), Duration.ofNanos(1));
        ran.get(60, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @MethodSource("clocks")
    void a_handle_that_is_kept_does_not_keep_what_its_task_holds(TimeSource time) throws Exception {
        CompletableFuture<Void> ran = new CompletableFuture<>();
        List<WeakReference<Object>> held = new ArrayList<>();
        List<TimeSource.ScheduledTask> handles = new ArrayList<>();
        handles.add(schedule(time, held, ran, Duration.ZERO));
        ran.get(60, TimeUnit.SECONDS);
        handles.add(schedule(time, held, ran, Duration.ofDays(1)));
        assertTrue(handles.get(1).cancel());
        await().until(() -> {
            System.gc();
            return held.stream().allMatch(reference -> reference.refersTo(null));
        });
        assertFalse(handles.get(0).cancel());
        assertFalse(handles.get(1).cancel());
    }

    private static TimeSource.ScheduledTask schedule(
            TimeSource time, List<WeakReference<Object>> held, CompletableFuture<Void> ran, Duration delay) {
        Object big = new byte[1_000];
        held.add(new WeakReference<>(big));
        return time.schedule(
                () -> {
                    assertNotNull(big); // held by the task
                    ran.complete(null);
                },
                delay);
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
