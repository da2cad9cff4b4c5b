package dev.weir.core.sync;

import static dev.weir.testkit.Call.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What happens to a task that finds no room; and that nothing waits behind a key that nobody runs. */
class KeyedExecutorSaturationTest extends KeyedExecutorFixture {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final List<String> log = new CopyOnWriteArrayList<>();

    private KeyedExecutor<String> keyed(int capacity, Saturation saturation) {
        return KeyedExecutor.builder(threads)
                .name("test")
                .capacity(capacity)
                .saturation(saturation)
                .timeSource(time)
                .build();
    }

    private Runnable logs(String text) {
        return () -> log.add(text);
    }

    /** Submits a task from a thread that has to wait for room. */
    private static Call<Void> blocked(KeyedExecutor<String> keyed, String key, Runnable task) {
        int before = keyed.metrics().blockedSubmitters();
        Call<Void> call = Call.run(() -> keyed.execute(key, task));
        until(() -> keyed.metrics().blockedSubmitters() == before + 1);
        return call;
    }

    // block

    @Test
    void a_submitter_waits_until_a_task_has_begun() throws Exception {
        KeyedExecutor<String> keyed = keyed(1, Saturation.block());
        occupy(keyed, "key");
        keyed.execute("key", logs("second"));
        Call<Void> third = blocked(keyed, "key", logs("third"));
        Call<Void> other = blocked(keyed, "other", logs("other"));
        gate.countDown();
        third.result();
        other.result();
        assertAtRest(keyed);
        assertTrue(log.indexOf("second") < log.indexOf("third"), log::toString);
        assertEquals(4, keyed.metrics().completed());
    }

    @Test
    void a_submitter_waits_until_a_task_is_cancelled() throws Exception {
        KeyedExecutor<String> keyed = keyed(1, Saturation.block());
        occupy(keyed, "key");
        Future<?> second = keyed.submit("key", logs("second"));
        Call<Void> third = blocked(keyed, "key", logs("third"));
        second.cancel(false);
        third.result();
        gate.countDown();
        assertAtRest(keyed);
        assertEquals(List.of("third"), log);
    }

    @Test
    void a_submitter_whose_time_is_up_is_rejected_and_nobody_waits_behind_it() throws Exception {
        KeyedExecutor<String> keyed = keyed(1, Saturation.block(SECOND));
        occupy(keyed, "key");
        Future<?> second = keyed.submit("key", logs("second"));
        Call<Void> third = Call.run(() -> keyed.execute("key", logs("third")));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        assertFalse(third.isDone());
        time.advance(Duration.ofNanos(1));
        Throwable rejection = third.failure();
        assertInstanceOf(RejectedExecutionException.class, rejection);
        assertEquals("test is saturated, for longer than its timeout of PT1S", rejection.getMessage());
        second.cancel(false);
        keyed.execute("key", logs("fourth"));
        gate.countDown();
        assertAtRest(keyed);
        assertEquals(List.of("fourth"), log);
    }

    @Test
    void an_interrupted_submitter_is_rejected_and_keeps_its_status() throws Exception {
        KeyedExecutor<String> keyed = keyed(1, Saturation.block());
        occupy(keyed, "key");
        keyed.execute("key", logs("second"));
        Call<Void> third = blocked(keyed, "key", logs("third"));
        third.interrupt();
        Throwable rejection = third.failure();
        assertInstanceOf(RejectedExecutionException.class, rejection);
        assertInstanceOf(InterruptedException.class, rejection.getCause());
        assertTrue(third.wasInterruptedAtEnd());
        gate.countDown();
        assertAtRest(keyed);
        assertEquals(List.of("second"), log);
    }

    @Test
    void an_interrupted_thread_submits_where_there_is_room() {
        KeyedExecutor<String> keyed = keyed(1, Saturation.block());
        Thread.currentThread().interrupt();
        keyed.execute("key", logs("first"));
        assertTrue(Thread.interrupted());
        assertAtRest(keyed);
        assertEquals(List.of("first"), log);
    }

    @Test
    void a_task_never_waits_for_room_but_is_rejected() throws Exception {
        for (Saturation saturation : List.of(Saturation.block(), Saturation.callerRuns())) {
            KeyedExecutor<String> keyed = keyed(1, saturation);
            Future<Void> future = keyed.submit("key", () -> {
                keyed.execute("key", logs("second"));
                keyed.execute("key", logs("third"));
                return null;
            });
            Throwable rejection =
                    assertThrows(ExecutionException.class, future::get).getCause();
            assertInstanceOf(RejectedExecutionException.class, rejection);
            assertEquals("test is saturated, and one of its own tasks must not wait for room", rejection.getMessage());
            assertAtRest(keyed);
        }
        assertEquals(List.of("second", "second"), log);
    }

    // reject

    @Test
    void a_rejected_task_never_runs() {
        KeyedExecutor<String> keyed = keyed(2, Saturation.reject());
        occupy(keyed, "key");
        keyed.execute("key", logs("second"));
        keyed.execute("key", logs("third"));
        assertThrows(RejectedExecutionException.class, () -> keyed.execute("key", logs("fourth")));
        assertThrows(RejectedExecutionException.class, () -> keyed.execute("other", logs("other")));
        gate.countDown();
        assertAtRest(keyed);
        assertEquals(List.of("second", "third"), log);
        assertEquals(2, keyed.metrics().rejected());
    }

    // caller runs

    @Test
    void a_caller_runs_its_task_if_the_key_is_idle() {
        KeyedExecutor<String> keyed = keyed(1, Saturation.callerRuns());
        occupy(keyed, "busy");
        keyed.execute("busy", logs("busy"));
        AtomicReference<Thread> runner = new AtomicReference<>();
        keyed.execute("idle", () -> runner.set(Thread.currentThread()));
        assertSame(Thread.currentThread(), runner.get());
        gate.countDown();
        assertAtRest(keyed);
        assertEquals(3, keyed.metrics().completed());
    }

    @Test
    void a_caller_never_overtakes_a_task_of_its_key_but_waits_for_room() throws Exception {
        KeyedExecutor<String> keyed = keyed(1, Saturation.callerRuns());
        occupy(keyed, "key");
        keyed.execute("key", logs("second"));
        Call<Void> third = blocked(keyed, "key", logs("third"));
        gate.countDown();
        third.result();
        assertAtRest(keyed);
        assertEquals(List.of("second", "third"), log);
    }

    @Test
    void tasks_behind_one_that_its_caller_runs_go_on_in_the_executor() throws Exception {
        KeyedExecutor<String> keyed = keyed(1, Saturation.callerRuns());
        occupy(keyed, "busy");
        Future<?> busy = keyed.submit("busy", logs("busy"));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Call<Void> caller = Call.run(() -> keyed.execute("key", () -> {
            begun.countDown();
            await(end);
        }));
        begun.await();
        busy.cancel(false);
        AtomicReference<Thread> runner = new AtomicReference<>();
        Future<?> behind = keyed.submit("key", () -> runner.set(Thread.currentThread()));
        end.countDown();
        behind.get();
        caller.result();
        assertFalse(runner.get() == caller.thread());
        gate.countDown();
        assertAtRest(keyed);
    }

    @Test
    void a_task_that_its_caller_runs_gets_an_exception_when_it_waits_for_its_own_key() throws Exception {
        KeyedExecutor<String> keyed = keyed(2, Saturation.callerRuns());
        occupy(keyed, "busy");
        Future<?> busy = keyed.submit("busy", logs("busy"));
        keyed.execute("busy", logs("busy"));
        Future<String> outer = keyed.submit("key", () -> {
            busy.cancel(false);
            return keyed.submit("key", () -> "inner").get();
        });
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, outer::get).getCause());
        gate.countDown();
        assertAtRest(keyed);
    }

    // discard oldest

    @Test
    void the_oldest_task_of_the_same_key_gives_way() throws Exception {
        KeyedExecutor<String> keyed = keyed(2, Saturation.discardOldest());
        occupy(keyed, "key");
        occupy(keyed, "other");
        keyed.execute("other", logs("other"));
        Future<?> victim = keyed.submit("key", logs("victim"));
        Future<?> newer = keyed.submit("key", logs("newer"));
        assertThrows(CancellationException.class, victim::get);
        assertThrows(RejectedExecutionException.class, () -> keyed.execute("third", logs("third")));
        gate.countDown();
        newer.get();
        assertAtRest(keyed);
        KeyedExecutorMetrics m = keyed.metrics();
        assertEquals(List.of(1L, 1L, 0L, 4L), List.of(m.discarded(), m.rejected(), m.cancelled(), m.completed()));
        assertEquals(List.of("newer", "other"), log.stream().sorted().toList());
    }

    @Test
    void a_key_of_which_the_newest_task_counts_keeps_one() {
        Manual manual = new Manual();
        KeyedExecutor<String> keyed = KeyedExecutor.builder(manual)
                .capacity(1)
                .saturation(Saturation.discardOldest())
                .build();
        for (int i = 0; i < 100; i++) {
            keyed.execute("key", logs("" + i));
        }
        assertEquals(1, manual.steps.size());
        manual.runAll();
        assertEquals(List.of("99"), log);
        assertAtRest(keyed);
    }

    // an executor that blocks: a pool of one worker whose queue is full

    private WorkerPool fullPool(Saturation saturation, CountDownLatch go, AtomicReference<Runnable> then) {
        WorkerPool pool = WorkerPool.builder("pool")
                .maxWorkers(1)
                .queueCapacity(1)
                .saturation(saturation)
                .build();
        pool.execute(() -> {
            await(go);
            then.get().run();
        });
        pool.execute(() -> {});
        return pool;
    }

    @Test
    void a_submitter_that_the_executor_blocks_does_not_hold_its_key() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicReference<Runnable> then = new AtomicReference<>();
        try (WorkerPool pool = fullPool(Saturation.block(), go, then)) {
            KeyedExecutor<String> keyed = KeyedExecutor.over(pool);
            then.set(() -> {
                try {
                    keyed.submit("key", logs("inner")).get();
                } catch (InterruptedException | ExecutionException e) {
                    log.add(e.toString());
                }
            });
            Call<Void> submitter = Call.run(() -> keyed.execute("key", logs("blocked")));
            until(() -> pool.metrics().blockedSubmitters() == 1);
            go.countDown();
            submitter.result();
            until(() -> log.equals(List.of("blocked", "inner")));
            assertAtRest(keyed);
        }
    }

    @Test
    void a_submitter_whose_executor_rejects_it_late_takes_its_task_back() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicReference<Runnable> then = new AtomicReference<>(() -> {});
        try (WorkerPool pool = fullPool(Saturation.block(), go, then)) {
            KeyedExecutor<String> keyed = KeyedExecutor.over(pool);
            Call<Void> first = Call.run(() -> keyed.execute("key", logs("first")));
            until(() -> pool.metrics().blockedSubmitters() == 1);
            Call<Void> second = Call.run(() -> keyed.execute("key", logs("second")));
            until(() -> pool.metrics().blockedSubmitters() == 2);
            first.interrupt();
            assertInstanceOf(RejectedExecutionException.class, first.failure());
            go.countDown();
            second.result();
            assertAtRest(keyed);
            assertEquals(List.of("second"), log);
            assertEquals(1, keyed.metrics().rejected());
        }
    }

    @Test
    void a_late_rejection_of_a_task_that_has_run_already_is_none() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        AtomicReference<Runnable> then = new AtomicReference<>();
        try (WorkerPool pool = fullPool(Saturation.block(), go, then)) {
            KeyedExecutor<String> keyed = KeyedExecutor.over(pool);
            CountDownLatch ran = new CountDownLatch(1);
            then.set(() -> {
                keyed.execute("key", logs("inner"));
                ran.countDown();
                await(end);
            });
            Call<Void> submitter = Call.run(() -> keyed.execute("key", logs("blocked")));
            until(() -> pool.metrics().blockedSubmitters() == 1);
            go.countDown();
            ran.await();
            assertEquals(List.of("blocked", "inner"), log);
            submitter.interrupt();
            submitter.result();
            assertTrue(submitter.wasInterruptedAtEnd());
            end.countDown();
            assertAtRest(keyed);
            assertEquals(0, keyed.metrics().rejected());
        }
    }

    @Test
    void a_task_behind_one_that_the_executors_caller_runs_goes_on() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        AtomicReference<Runnable> then = new AtomicReference<>();
        try (WorkerPool pool = fullPool(Saturation.callerRuns(), go, then)) {
            KeyedExecutor<String> keyed = KeyedExecutor.over(pool);
            then.set(() -> {
                try {
                    keyed.submit("key", logs("inner")).get();
                } catch (InterruptedException | ExecutionException e) {
                    log.add(e.toString());
                }
            });
            Call<Void> caller = Call.run(() -> keyed.execute("key", () -> {
                begun.countDown();
                await(end);
            }));
            begun.await();
            go.countDown();
            until(() -> keyed.metrics().waiting() == 1);
            end.countDown();
            caller.result();
            until(() -> log.equals(List.of("inner")));
            assertAtRest(keyed);
        }
    }

    @Test
    void all_submitters_get_in_in_the_end() throws Exception {
        KeyedExecutor<String> keyed = keyed(3, Saturation.block());
        List<Call<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String key = "key " + i % 5;
            calls.add(Call.run(() -> {
                for (int j = 0; j < 20; j++) {
                    keyed.execute(key, logs(key));
                }
            }));
        }
        for (Call<Void> call : calls) {
            call.result();
        }
        assertAtRest(keyed);
        assertEquals(1_000, log.size());
    }

    @Test
    void an_interrupt_of_a_submitter_is_not_seen_by_the_task_that_it_runs_and_is_kept() throws Exception {
        KeyedExecutor<String> keyed = keyed(1, Saturation.callerRuns());
        occupy(keyed, "key");
        keyed.execute("key", logs("second"));
        Thread.currentThread().interrupt();
        Future<Boolean> future =
                keyed.submit("other", () -> Thread.currentThread().isInterrupted());
        assertTrue(Thread.interrupted());
        assertFalse(future.get());
        gate.countDown();
        assertAtRest(keyed);
    }

    @Test
    void an_interrupt_that_a_task_leaves_is_not_seen_by_the_next_one_of_its_thread() throws Exception {
        ThreadPoolExecutor full = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new SynchronousQueue<>());
        try {
            KeyedExecutor<String> keyed = KeyedExecutor.over(full);
            CountDownLatch begun = new CountDownLatch(1);
            keyed.execute("key", () -> {
                begun.countDown();
                await(gate);
                Thread.currentThread().interrupt();
            });
            await(begun);
            Future<Boolean> next =
                    keyed.submit("key", () -> Thread.currentThread().isInterrupted());
            gate.countDown();
            assertFalse(next.get());
            assertAtRest(keyed);
        } finally {
            full.shutdown();
        }
    }
}
