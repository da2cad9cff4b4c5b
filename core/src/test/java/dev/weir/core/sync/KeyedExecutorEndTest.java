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
import dev.weir.testkit.CapturedLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An executor that refuses steps, drops them, or is shut down strands no key and no task. */
class KeyedExecutorEndTest extends KeyedExecutorFixture {
    private static ExecutorService service(String kind) {
        return switch (kind) {
            case "pool" -> WorkerPool.builder("pool").maxWorkers(1).build();
            case "JDK's pool" -> Executors.newFixedThreadPool(1);
            default -> Executors.newVirtualThreadPerTaskExecutor();
        };
    }

    private static Throwable failureOf(Future<?> future) {
        return assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS))
                .getCause();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pool", "JDK's pool", "virtual threads"})
    void a_task_that_the_executor_rejects_never_runs_and_frees_its_key(String kind) {
        ExecutorService service = service(kind);
        KeyedExecutor<String> keyed = KeyedExecutor.builder(service).capacity(1).build();
        service.shutdown();
        for (int i = 0; i < 3; i++) {
            assertThrows(RejectedExecutionException.class, () -> keyed.execute("key", () -> {}));
        }
        assertAtRest(keyed);
        assertEquals(3, keyed.metrics().rejected());
    }

    @Test
    void what_the_executor_throws_reaches_the_submitter_as_it_is() {
        Error failure = new OutOfMemoryError("expected by this test");
        KeyedExecutor<String> keyed = KeyedExecutor.over(step -> {
            throw failure;
        });
        assertSame(failure, assertThrows(OutOfMemoryError.class, () -> keyed.execute("key", () -> {})));
        assertAtRest(keyed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pool", "JDK's pool", "virtual threads"})
    void an_orderly_shutdown_runs_all_that_was_accepted(String kind) throws Exception {
        ExecutorService service = service(kind);
        KeyedExecutor<String> keyed = KeyedExecutor.over(service);
        occupy(keyed, "key");
        List<Future<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int value = i;
            futures.add(keyed.submit("key", () -> value));
        }
        service.shutdown();
        gate.countDown();
        assertTrue(service.awaitTermination(30, TimeUnit.SECONDS));
        for (int i = 0; i < 10; i++) {
            assertEquals(i, futures.get(i).resultNow());
        }
        assertAtRest(keyed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pool", "JDK's pool", "virtual threads"})
    void a_stop_abandons_what_waits_and_says_so(String kind) throws Exception {
        ExecutorService service = service(kind);
        List<Runnable> abandoned = new CopyOnWriteArrayList<>();
        KeyedExecutor<String> keyed = KeyedExecutor.builder(service)
                .name("test")
                .failureHandler((task, failure) -> {
                    assertInstanceOf(RejectedExecutionException.class, failure);
                    abandoned.add(task);
                })
                .build();
        CountDownLatch begun = new CountDownLatch(1);
        Future<?> first = keyed.submit("key", () -> {
            begun.countDown();
            new CountDownLatch(1).await();
            return null;
        });
        begun.await();
        Future<?> second = keyed.submit("key", () -> {});
        Runnable plain = () -> {};
        keyed.execute("key", plain);
        FutureTask<Integer> handedIn = new FutureTask<>(() -> 1);
        keyed.execute("key", handedIn);
        service.shutdownNow();
        assertInstanceOf(InterruptedException.class, failureOf(first));
        Throwable failure = failureOf(second);
        assertInstanceOf(RejectedExecutionException.class, failure);
        assertEquals("test never runs this task: its executor was stopped", failure.getMessage());
        until(handedIn::isCancelled);
        assertTrue(service.awaitTermination(30, TimeUnit.SECONDS));
        assertEquals(List.of(plain), abandoned);
        assertAtRest(keyed);
        assertEquals(3, keyed.metrics().abandoned());
    }

    @Test
    void an_abandoned_task_is_logged_if_there_is_no_handler() throws Exception {
        Manual manual = new Manual();
        KeyedExecutor<String> keyed = KeyedExecutor.builder(manual).name("test").build();
        keyed.execute("key", new Runnable() {
            @Override
            public void run() {}

            @Override
            public String toString() {
                return "invoice 17";
            }
        });
        List<String> lines =
                CapturedLog.during(KeyedExecutor.class, () -> ((Future<?>) manual.steps.remove()).cancel(false));
        assertEquals(
                List.of("ERROR a task of test failed: invoice 17 test never runs this task: its executor dropped it"),
                lines);
        assertAtRest(keyed);
    }

    @Test
    void a_step_that_the_pool_drops_from_its_queue_abandons_the_keys_tasks() {
        WorkerPool pool = WorkerPool.builder("pool").maxWorkers(1).build();
        KeyedExecutor<String> keyed = KeyedExecutor.over(pool);
        occupy(keyed, "busy");
        Future<?> first = keyed.submit("key", () -> {});
        Future<?> second = keyed.submit("key", () -> {});
        pool.shutdownNow();
        assertInstanceOf(RejectedExecutionException.class, failureOf(first));
        assertInstanceOf(RejectedExecutionException.class, failureOf(second));
        assertAtRest(keyed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"forgotten", "the queue of a stopped pool", "callers run"})
    void a_step_that_is_dropped_silently_is_noticed(String how) throws Exception {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(1),
                new ThreadPoolExecutor.CallerRunsPolicy()); // which discards after a shutdown
        Executor executor = switch (how) {
            case "forgotten" -> step -> {};
            default -> pool;
        };
        KeyedExecutor<String> keyed = KeyedExecutor.over(executor);
        if (how.equals("the queue of a stopped pool")) {
            pool.execute(waiting());
        } else {
            pool.shutdown();
        }
        Future<?> first = keyed.submit("key", () -> {});
        Future<?> second = keyed.submit("key", () -> {});
        pool.shutdownNow();
        until(() -> {
            System.gc();
            return first.isDone() && second.isDone();
        });
        assertInstanceOf(RejectedExecutionException.class, failureOf(first));
        assertInstanceOf(RejectedExecutionException.class, failureOf(second));
        assertAtRest(keyed);
        assertEquals(2, keyed.metrics().abandoned());
    }

    @Test
    void a_key_whose_step_was_dropped_can_be_used_again() {
        Manual manual = new Manual();
        KeyedExecutor<String> keyed = KeyedExecutor.over(manual);
        Future<?> dropped = keyed.submit("key", () -> {});
        ((Future<?>) manual.steps.remove()).cancel(false);
        assertInstanceOf(RejectedExecutionException.class, failureOf(dropped));
        Future<Integer> next = keyed.submit("key", () -> 1);
        manual.runAll();
        assertEquals(1, next.resultNow());
        assertAtRest(keyed);
    }

    @Test
    void a_step_that_runs_late_or_twice_harms_nothing() {
        Manual manual = new Manual();
        KeyedExecutor<String> keyed = KeyedExecutor.over(manual);
        Future<Integer> first = keyed.submit("key", () -> 1);
        Runnable step = manual.steps.remove();
        step.run();
        step.run();
        assertEquals(1, first.resultNow());
        Future<Integer> second = keyed.submit("key", () -> 2);
        step.run();
        assertFalse(second.isDone());
        manual.runAll();
        assertEquals(2, second.resultNow());
        assertAtRest(keyed);
    }

    @Test
    void an_executor_without_room_for_the_next_step_loses_nothing() throws Exception {
        try (WorkerPool pool = WorkerPool.builder("pool")
                .maxWorkers(1)
                .queueCapacity(1)
                .saturation(Saturation.reject())
                .build()) {
            KeyedExecutor<String> keyed = KeyedExecutor.over(pool);
            occupy(keyed, "key");
            List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                futures.add(keyed.submit("key", () -> {}));
            }
            pool.execute(() -> {});
            gate.countDown();
            for (Future<?> future : futures) {
                future.get();
            }
            assertAtRest(keyed);
        }
    }

    @Test
    void an_interrupt_of_a_task_is_no_stop_while_the_executor_is_not_shut_down() throws Exception {
        AtomicReference<RejectedExecutionException> refusal = new AtomicReference<>();
        try (ExecutorService service = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void execute(Runnable step) {
                RejectedExecutionException saturated = refusal.get();
                if (saturated != null) {
                    throw saturated;
                }
                super.execute(step);
            }
        }) {
            KeyedExecutor<String> keyed = KeyedExecutor.over(service);
            occupy(keyed, "key");
            Future<?> interrupted =
                    keyed.submit("key", () -> Thread.currentThread().interrupt());
            Future<Integer> next = keyed.submit("key", () -> 1);
            refusal.set(new RejectedExecutionException("expected by this test"));
            gate.countDown();
            interrupted.get();
            assertEquals(1, next.get());
            assertAtRest(keyed);
            refusal.set(null);
        }
    }

    @Test
    void a_broken_logger_strands_nothing() throws Exception {
        KeyedExecutor<String> keyed = KeyedExecutor.builder(threads)
                .failureHandler((task, failure) -> {
                    throw new StackOverflowError("expected by this test");
                })
                .build();
        CapturedLog.during(KeyedExecutor.class, () -> {
            keyed.execute("key", () -> {
                throw new OutOfMemoryError("expected by this test");
            });
            assertEquals(1, keyed.submit("key", () -> 1).get());
        });
        assertAtRest(keyed);
    }
}
