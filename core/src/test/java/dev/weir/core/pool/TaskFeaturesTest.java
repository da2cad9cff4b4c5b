package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** Timeouts, priorities, contexts, decorators and completable futures. */
@Timeout(60)
class TaskFeaturesTest extends PoolFixture {
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    private Runnable logs(String what) {
        return () -> log.add(what);
    }

    // timeouts

    @Test
    void a_task_that_waits_too_long_never_runs_and_its_future_says_so_at_once() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().timeSource(time).queueTimeout(Duration.ofSeconds(2)));
        occupy(pool);
        Future<?> future = pool.submit(logs("ran"), TaskOptions.named("late"));
        await().until(() -> time.waiters() >= 1);
        time.advance(Duration.ofSeconds(2).minusNanos(1));
        assertFalse(future.isDone());
        time.advance(Duration.ofNanos(1));
        Throwable cause = assertThrows(ExecutionException.class, future::get).getCause();
        assertInstanceOf(TimeoutException.class, cause);
        assertEquals("late waited in the queue of test for longer than PT2S", cause.getMessage());
        gate.countDown();
        pool.submit(() -> {}).get();
        assertEquals(List.of(), log);
    }

    @Test
    void a_task_that_runs_too_long_is_interrupted_and_its_future_says_so() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().timeSource(time).runTimeout(Duration.ofSeconds(2)));
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Future<?> future = pool.submit(() -> {
            begun.countDown();
            try {
                gate.await();
            } catch (InterruptedException stop) {
                interrupted.set(true);
            }
        });
        join(begun);
        time.advance(Duration.ofSeconds(2));
        assertInstanceOf(
                TimeoutException.class,
                assertThrows(ExecutionException.class, () -> future.get(60, TimeUnit.SECONDS))
                        .getCause());
        await().untilTrue(interrupted);
        assertFalse(pool.submit(() -> Thread.currentThread().isInterrupted()).get());
    }

    @Test
    void the_time_in_the_queue_is_not_time_to_run() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().timeSource(time).runTimeout(Duration.ofSeconds(2)));
        pool.execute(waiting(), TaskOptions.none().runTimeout(Duration.ofHours(1)));
        Future<Integer> future = pool.submit(() -> 1);
        time.advance(Duration.ofSeconds(10));
        gate.countDown();
        assertEquals(1, future.get());
    }

    @Test
    void an_executed_task_that_is_out_of_time_goes_to_the_handler() {
        ManualTimeSource time = new ManualTimeSource();
        AtomicReference<Throwable> handled = new AtomicReference<>();
        WorkerPool pool = pool(one().timeSource(time).failureHandler((task, failure) -> handled.set(failure)));
        occupy(pool);
        pool.execute(logs("ran"), TaskOptions.none().queueTimeout(Duration.ofSeconds(1)));
        time.advance(Duration.ofSeconds(1));
        await().until(() -> handled.get() instanceof TimeoutException);
    }

    // priorities

    @Test
    void a_higher_priority_goes_first_and_equals_in_order() throws Exception {
        WorkerPool pool = pool(one().priorities(Duration.ofHours(1)));
        occupy(pool);
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            futures.add(pool.submit(logs(i % 3 + "" + i), TaskOptions.none().priority(i % 3)));
        }
        gate.countDown();
        for (Future<?> future : futures) {
            future.get();
        }
        assertEquals(List.of("22", "25", "11", "14", "00", "03"), log);
    }

    @Test
    void a_task_that_has_waited_long_enough_goes_before_a_higher_one() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().priorities(Duration.ofSeconds(1)).timeSource(time));
        occupy(pool);
        Future<?> low = pool.submit(logs("low"));
        time.advance(Duration.ofSeconds(3).minusNanos(1));
        pool.submit(logs("first"), TaskOptions.none().priority(3));
        time.advance(Duration.ofNanos(2));
        Future<?> high = pool.submit(logs("high"), TaskOptions.none().priority(3));
        gate.countDown();
        low.get();
        high.get();
        assertEquals(List.of("first", "low", "high"), log);
    }

    @Test
    void the_oldest_of_the_lowest_priority_is_discarded() throws Exception {
        WorkerPool pool =
                pool(one().priorities(Duration.ofSeconds(1)).queueCapacity(3).saturation(Saturation.discardOldest()));
        occupy(pool);
        Future<?> high = pool.submit(logs("high"), TaskOptions.none().priority(1));
        Future<?> victim = pool.submit(logs("victim"));
        pool.submit(logs("low"));
        pool.submit(logs("new"));
        assertTrue(victim.isCancelled());
        assertFalse(high.isDone());
    }

    // contexts and decorators

    @Test
    void the_diagnostic_context_goes_with_the_task_and_the_workers_own_comes_back() throws Exception {
        WorkerPool pool = pool(one());
        MDC.put("user", "ada");
        try {
            assertEquals("ada", pool.submit(() -> MDC.get("user")).get());
            AtomicReference<String> executed = new AtomicReference<>();
            pool.execute(() -> executed.set(MDC.get("user")));
            assertEquals("ada", pool.supplyAsync(() -> MDC.get("user")).get());
            assertEquals("ada", executed.get());
        } finally {
            MDC.clear();
        }
        assertNull(pool.submit(() -> MDC.get("user")).get());
    }

    @Test
    void a_thread_local_is_carried_if_wanted_and_nothing_if_not() throws Exception {
        ThreadLocal<String> local = new ThreadLocal<>();
        WorkerPool pool = pool(one().context(ContextCarrier.mdc(), ContextCarrier.of(local)));
        WorkerPool bare = pool(one().context());
        local.set("here");
        MDC.put("user", "ada");
        try {
            assertEquals("here", pool.submit(local::get).get());
            assertNull(bare.submit(() -> MDC.get("user")).get());
        } finally {
            MDC.clear();
            local.remove();
        }
        assertNull(pool.submit(local::get).get());
    }

    @Test
    void a_carrier_that_fails_fails_the_task_and_no_more() throws Exception {
        WorkerPool pool = pool(one().context(ContextCarrier.mdc(), () -> () -> {
            throw new IllegalStateException("expected by this test");
        }));
        Throwable cause = assertThrows(
                        ExecutionException.class, () -> pool.submit(() -> 1).get())
                .getCause();
        assertInstanceOf(IllegalStateException.class, cause);
        WorkerPool restoring = pool(one().context(
                        ContextCarrier.mdc(),
                        () -> () -> () -> {
                            throw new IllegalStateException("expected by this test");
                        }));
        assertEquals(1, restoring.submit(() -> 1).get());
    }

    @Test
    void decorators_wrap_the_task_the_last_one_outside() throws Exception {
        WorkerPool pool = pool(one().decorator(task -> () -> {
                    log.add("in");
                    task.run();
                })
                .decorator(task -> () -> {
                    log.add("out");
                    task.run();
                }));
        pool.submit(logs("task")).get();
        assertEquals(List.of("out", "in", "task"), log);
    }

    @Test
    void a_decorator_that_throws_or_runs_nothing_fails_the_future() {
        WorkerPool skipping = pool(one().decorator(task -> () -> {}));
        Throwable skipped = assertThrows(
                        ExecutionException.class, () -> skipping.submit(() -> 1).get(60, TimeUnit.SECONDS))
                .getCause();
        assertEquals("a decorator of test did not run the task", skipped.getMessage());
        WorkerPool throwing = pool(one().decorator(task -> () -> {
            throw new IllegalStateException("expected by this test");
        }));
        assertThrows(ExecutionException.class, () -> throwing.submit(() -> 1).get(60, TimeUnit.SECONDS));
        WorkerPool broken = pool(one().decorator(task -> null));
        assertThrows(NullPointerException.class, () -> broken.submit(() -> 1));
    }

    @Test
    void a_failure_carries_its_submitters_stack_if_wanted() {
        AtomicReference<Throwable> handled = new AtomicReference<>();
        WorkerPool pool = pool(one().submitterStacks(true).failureHandler((task, failure) -> handled.set(failure)));
        pool.execute(() -> {
            throw new IllegalStateException("expected by this test");
        });
        await().until(() -> handled.get() != null);
        Throwable submitter = handled.get().getSuppressed()[0];
        assertEquals("submitted to test here", submitter.getMessage());
        assertTrue(List.of(submitter.getStackTrace()).stream()
                .anyMatch(frame -> frame.getClassName().equals(getClass().getName())));
    }

    // completable futures

    @Test
    void a_supplied_future_has_the_value_or_the_failure() {
        WorkerPool pool = pool(one());
        assertEquals(2, pool.supplyAsync(() -> 1).thenApply(x -> x + 1).join());
        IllegalStateException failure = new IllegalStateException("expected by this test");
        CompletableFuture<Integer> failed = pool.supplyAsync(() -> {
            throw failure;
        });
        assertEquals(
                failure, assertThrows(ExecutionException.class, failed::get).getCause());
    }

    /** Of a task that waits for the gate, and says when it has begun and whether it was interrupted. */
    private CompletableFuture<Integer> supplied(WorkerPool pool, CountDownLatch begun, CountDownLatch interrupted) {
        return pool.supplyAsync(() -> {
            begun.countDown();
            try {
                gate.await();
            } catch (InterruptedException stop) {
                interrupted.countDown();
            }
            return 1;
        });
    }

    @Test
    void cancelling_a_supplied_future_interrupts_the_task_and_so_does_its_timeout() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2));
        for (boolean timeout : new boolean[] {false, true}) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch interrupted = new CountDownLatch(1);
            CompletableFuture<Integer> future = supplied(pool, begun, interrupted);
            join(begun);
            if (timeout) {
                future.completeExceptionally(new TimeoutException());
            } else {
                assertTrue(future.cancel(true));
            }
            join(interrupted);
        }
    }

    @Test
    void cancelling_a_supplied_future_that_waits_frees_its_place() {
        WorkerPool pool = pool(one().queueCapacity(1).saturation(Saturation.reject()));
        occupy(pool);
        pool.supplyAsync(() -> log.add("ran")).cancel(true);
        pool.execute(() -> {});
        assertEquals(List.of(), log);
    }

    @Test
    void no_interrupt_reaches_the_next_task() throws Exception {
        WorkerPool pool = pool(one());
        for (int i = 0; i < 200; i++) {
            CountDownLatch begun = new CountDownLatch(1);
            Future<?> cancelled = pool.submit(begun::countDown);
            join(begun);
            cancelled.cancel(true);
            pool.submit(() -> {}, TaskOptions.none().runTimeout(Duration.ofNanos(1 + i * 500)));
            assertFalse(
                    pool.submit(() -> Thread.currentThread().isInterrupted()).get());
        }
    }

    // short forms

    @Test
    void runAsync_takes_a_task_that_throws() throws Exception {
        WorkerPool pool = pool(one());
        assertNull(pool.runAsync(logs("ran")::run).get(60, TimeUnit.SECONDS));
        assertEquals(List.of("ran"), log);
        IOException failure = new IOException("expected by this test");
        CompletableFuture<Void> failed = pool.runAsync(
                () -> {
                    throw failure;
                },
                TaskOptions.named("failing"));
        assertEquals(
                failure, assertThrows(ExecutionException.class, failed::get).getCause());
        assertThrows(NullPointerException.class, () -> pool.runAsync(null));
        assertThrows(NullPointerException.class, () -> pool.runAsync(() -> {}, null));
    }

    @Test
    void a_cancelled_runAsync_is_interrupted() {
        WorkerPool pool = pool(one());
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        CompletableFuture<Void> future = pool.runAsync(() -> {
            begun.countDown();
            try {
                gate.await();
            } catch (InterruptedException stop) {
                interrupted.set(true);
            }
        });
        join(begun);
        future.cancel(true);
        await().untilTrue(interrupted);
    }

    @Test
    void options_are_composed_from_any_of_them_in_any_order() {
        String all = "TaskOptions[report, priority 3, queueTimeout PT1S, runTimeout PT2S]";
        assertEquals(
                all,
                TaskOptions.none()
                        .runTimeout(Duration.ofSeconds(2))
                        .priority(3)
                        .name("report")
                        .queueTimeout(Duration.ofSeconds(1))
                        .toString());
        assertEquals(
                all,
                TaskOptions.named("report")
                        .queueTimeout(Duration.ofSeconds(1))
                        .runTimeout(Duration.ofSeconds(2))
                        .priority(3)
                        .toString());
        assertEquals("TaskOptions[]", TaskOptions.none().toString());
        assertThrows(NullPointerException.class, () -> TaskOptions.none().name(null));
    }

    @Test
    void priorities_age_by_a_second_for_each_level_by_default() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().timeSource(time).priorities());
        occupy(pool);
        pool.submit(logs("low"));
        time.advance(Duration.ofMillis(1_500));
        pool.submit(logs("one higher"), TaskOptions.none().priority(1));
        Future<?> last = pool.submit(logs("two higher"), TaskOptions.none().priority(2));
        gate.countDown();
        last.get();
        await().until(() -> log.size() == 3);
        assertEquals(List.of("two higher", "low", "one higher"), log);
    }

    @Test
    void null_for_a_failure_is_refused_and_ends_nothing() throws Exception {
        WorkerPool pool = pool(one());
        occupy(pool);
        CompletableFuture<Integer> future = pool.supplyAsync(() -> 1);
        assertThrows(NullPointerException.class, () -> future.completeExceptionally(null));
        assertThrows(NullPointerException.class, () -> future.obtrudeException(null));
        gate.countDown();
        assertEquals(1, future.get());
    }

    @Test
    void a_future_that_is_obtruded_ends_its_task() throws Exception {
        WorkerPool pool = pool(one());
        for (boolean byFailure : new boolean[] {false, true}) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch interrupted = new CountDownLatch(1);
            CompletableFuture<Integer> future = supplied(pool, begun, interrupted);
            join(begun);
            if (byFailure) {
                future.obtrudeException(new IOException());
            } else {
                future.obtrudeValue(2);
            }
            join(interrupted);
        }
    }

    @Test
    void an_asynchronous_task_may_throw_anything() throws Exception {
        WorkerPool pool = pool(one());
        CompletableFuture<?> failed = pool.runAsync(() -> {
            throw new IOException("lost");
        });
        ExecutionException thrown = assertThrows(ExecutionException.class, failed::get);
        assertEquals(
                "lost", assertInstanceOf(IOException.class, thrown.getCause()).getMessage());
        assertNull(pool.runAsync(() -> {}, TaskOptions.named("nothing")).get());
    }
}
