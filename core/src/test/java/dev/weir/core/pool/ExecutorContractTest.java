package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the JDK's documentation of {@code ExecutorService} says, method by method, on all kinds of pools. */
@ParameterizedClass
@EnumSource(PoolKind.class)
@Timeout(60)
class ExecutorContractTest extends PoolFixture {
    @Parameter
    PoolKind kind;

    private WorkerPool pool;

    @BeforeEach
    void create() {
        pool = pool(kind.builder(2));
    }

    private WorkerPool single() {
        return pool(kind.builder(1));
    }

    /** A pool with one worker, which is busy, and a queue; none if the kind has no queue. */
    private WorkerPool busy() {
        assumeTrue(kind.hasQueue());
        WorkerPool busy = single();
        occupy(busy);
        return busy;
    }

    private Callable<Integer> neverEnding() {
        return () -> {
            gate.await();
            return 1;
        };
    }

    private static Callable<Integer> failing() {
        return () -> {
            throw new IOException("expected by this test");
        };
    }

    @Test
    void execute_runs_the_task_in_another_thread() throws Exception {
        AtomicReference<Thread> ranIn = new AtomicReference<>();
        pool.execute(() -> ranIn.set(Thread.currentThread()));
        await().until(() -> ranIn.get() != null);
        assertTrue(ranIn.get() != Thread.currentThread());
    }

    @Test
    void null_tasks_are_refused() {
        assertThrows(NullPointerException.class, () -> pool.execute(null));
        assertThrows(NullPointerException.class, () -> pool.execute(null, TaskOptions.none()));
        assertThrows(NullPointerException.class, () -> pool.execute(() -> {}, null));
        assertThrows(NullPointerException.class, () -> pool.submit((Runnable) null));
        assertThrows(NullPointerException.class, () -> pool.submit((Callable<Integer>) null));
        assertThrows(NullPointerException.class, () -> pool.submit(null, 1));
        assertThrows(NullPointerException.class, () -> pool.supplyAsync(null));
        assertThrows(NullPointerException.class, () -> pool.invokeAll(null));
        assertThrows(NullPointerException.class, () -> pool.invokeAll(Arrays.asList(() -> 1, null)));
        assertThrows(NullPointerException.class, () -> pool.invokeAny(null));
        assertThrows(NullPointerException.class, () -> pool.invokeAny(Arrays.asList((Callable<Integer>) null)));
        assertThrows(NullPointerException.class, () -> pool.awaitTermination(1, null));
        assertThrows(NullPointerException.class, () -> pool.shutdown(null));
    }

    @Test
    void submit_gives_the_value_the_given_result_or_null() throws Exception {
        assertEquals(1, pool.submit(() -> 1).get());
        assertEquals("done", pool.submit(() -> {}, "done").get());
        assertNull(pool.submit(() -> {}).get());
    }

    @Test
    void submit_gives_the_failure_also_an_error() {
        Error error = new StackOverflowError();
        assertInstanceOf(
                IOException.class,
                assertThrows(
                                ExecutionException.class,
                                () -> pool.submit(failing()).get())
                        .getCause());
        assertSame(
                error,
                assertThrows(
                                ExecutionException.class,
                                () -> pool.submit(() -> {
                                            throw error;
                                        })
                                        .get())
                        .getCause());
    }

    @Test
    void a_worker_survives_an_error() throws Exception {
        WorkerPool single = pool(kind.builder(1).failureHandler((task, failure) -> {}));
        Thread before = single.submit(Thread::currentThread).get();
        single.execute(() -> {
            throw new OutOfMemoryError("expected by this test");
        });
        assertSame(before, single.submit(Thread::currentThread).get());
    }

    @Test
    void a_task_submits_another_one() throws Exception {
        assertEquals(2, pool.submit(() -> pool.submit(() -> 2)).get().get());
    }

    @Test
    void a_cancelled_task_that_has_not_begun_never_runs() throws Exception {
        WorkerPool single = busy();
        AtomicBoolean ran = new AtomicBoolean();
        Future<?> future = single.submit(() -> ran.set(true));
        assertTrue(future.cancel(false));
        assertFalse(future.cancel(true));
        assertTrue(future.isCancelled());
        assertThrows(CancellationException.class, future::get);
        gate.countDown();
        single.submit(() -> {}).get();
        assertFalse(ran.get());
        assertEquals(1, single.metrics().cancelled());
    }

    @Test
    void cancel_with_interrupt_interrupts_the_task() throws Exception {
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
        assertTrue(future.cancel(true));
        await().untilTrue(interrupted);
    }

    @Test
    void get_with_a_timeout_gives_up_and_get_is_interruptible() throws Exception {
        Future<Integer> future = pool.submit(neverEnding());
        assertThrows(TimeoutException.class, () -> future.get(1, TimeUnit.MILLISECONDS));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, future::get);
        assertFalse(future.isDone());
    }

    @Test
    void invokeAll_returns_when_all_are_done_in_order_whatever_became_of_them() throws Exception {
        List<Future<Integer>> futures = pool.invokeAll(List.of(() -> 1, failing(), () -> 3));
        assertTrue(futures.stream().allMatch(Future::isDone));
        assertEquals(1, futures.get(0).get());
        assertThrows(ExecutionException.class, () -> futures.get(1).get());
        assertEquals(3, futures.get(2).get());
        assertEquals(List.of(), pool.invokeAll(List.<Callable<Integer>>of()));
    }

    @Test
    void invokeAll_with_a_timeout_cancels_what_is_not_done() throws Exception {
        List<Future<Integer>> futures = pool.invokeAll(List.of(() -> 1, neverEnding()), 50, TimeUnit.MILLISECONDS);
        assertTrue(futures.get(1).isCancelled());
        assertTrue(futures.get(0).isDone());
    }

    @Test
    void an_interrupted_invokeAll_cancels_its_tasks() throws Exception {
        AtomicReference<Thread> caller = new AtomicReference<>();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        FutureTask<Void> call = start(() -> {
            caller.set(Thread.currentThread());
            assertThrows(
                    InterruptedException.class,
                    () -> pool.invokeAll(List.of(() -> {
                        begun.countDown();
                        try {
                            gate.await();
                        } catch (InterruptedException stop) {
                            interrupted.countDown();
                        }
                        return 1;
                    })));
            return null;
        });
        join(begun);
        caller.get().interrupt();
        call.get();
        join(interrupted);
    }

    @Test
    void invokeAny_gives_a_success_and_cancels_the_others() throws Exception {
        assertEquals(2, pool.invokeAny(List.of(failing(), () -> 2)));
        assertEquals(3, pool.invokeAny(List.of(neverEnding(), () -> 3)));
        await().until(() -> pool.metrics().active() == 0);
        assertThrows(IllegalArgumentException.class, () -> pool.invokeAny(List.of()));
        assertInstanceOf(
                IOException.class,
                assertThrows(ExecutionException.class, () -> pool.invokeAny(List.of(failing(), failing())))
                        .getCause());
        assertThrows(TimeoutException.class, () -> pool.invokeAny(List.of(neverEnding()), 1, TimeUnit.MILLISECONDS));
    }

    @Test
    void invokeAny_inside_a_worker_takes_an_InterruptedException_for_the_failure_of_the_task_that_threw_it()
            throws Exception {
        WorkerPool pool = pool(one());
        List<Callable<String>> tasks = List.of(
                () -> {
                    throw new InterruptedException("of its own accord");
                },
                () -> "second");
        assertEquals("second", pool.invokeAny(tasks));
        assertEquals("second", pool.submit(() -> pool.invokeAny(tasks)).get());
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        Future<?> cancelled = pool.submit(() -> {
            Callable<String> sleeper = () -> {
                begun.countDown();
                gate.await();
                return "slept";
            };
            try {
                pool.invokeAny(List.of(sleeper, sleeper));
            } catch (Throwable failure) {
                thrown.set(failure);
            }
            ended.countDown();
        });
        join(begun);
        cancelled.cancel(true);
        join(ended);
        assertInstanceOf(InterruptedException.class, thrown.get());
    }

    @Test
    void invokeAny_inside_a_worker_needs_no_other_worker() throws Exception {
        WorkerPool single = single();
        assertEquals(
                2,
                single.submit(() -> single.invokeAny(List.of(failing(), () -> 2)))
                        .get(60, TimeUnit.SECONDS));
        assertEquals(
                2,
                single.submit(() -> single.invokeAny(List.of(() -> 2), 1, TimeUnit.MINUTES))
                        .get(60, TimeUnit.SECONDS));
        ExecutionException all = assertThrows(
                ExecutionException.class,
                () -> single.submit(() -> single.invokeAny(List.of(failing(), failing())))
                        .get(60, TimeUnit.SECONDS));
        assertInstanceOf(ExecutionException.class, all.getCause());
        ExecutionException none = assertThrows(
                ExecutionException.class,
                () -> single.submit(() -> single.invokeAny(List.<Callable<Integer>>of()))
                        .get(60, TimeUnit.SECONDS));
        assertInstanceOf(IllegalArgumentException.class, none.getCause());
    }

    @Test
    void shutdown_lets_the_queue_run_dry_and_rejects_the_rest() throws Exception {
        WorkerPool single = busy();
        Future<Integer> queued = single.submit(() -> 1);
        single.shutdown();
        single.shutdown();
        assertTrue(single.isShutdown());
        assertFalse(single.isTerminated());
        assertFalse(single.awaitTermination(1, TimeUnit.MILLISECONDS));
        assertThrows(RejectedExecutionException.class, () -> single.execute(() -> {}));
        assertThrows(RejectedExecutionException.class, () -> single.submit(() -> 1));
        assertThrows(RejectedExecutionException.class, () -> single.supplyAsync(() -> 1));
        assertThrows(RejectedExecutionException.class, () -> single.invokeAll(List.of(() -> 1)));
        gate.countDown();
        assertTrue(single.awaitTermination(60, TimeUnit.SECONDS));
        assertTrue(single.isTerminated());
        assertEquals(1, queued.get());
        assertEquals(4, single.metrics().rejected());
    }

    @Test
    void a_pool_that_was_never_used_ends_at_once() throws Exception {
        pool.shutdown();
        assertTrue(pool.isTerminated());
        assertTrue(pool.awaitTermination(0, TimeUnit.SECONDS));
        assertEquals(List.of(), pool.shutdownNow());
        pool.close();
    }

    @Test
    void awaitTermination_is_interruptible() {
        occupy(pool);
        pool.shutdown();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> pool.awaitTermination(1, TimeUnit.MINUTES));
        assertFalse(Thread.interrupted());
    }

    @Test
    void shutdownNow_returns_what_never_began() throws Exception {
        WorkerPool single = busy();
        Runnable executed = () -> {};
        single.execute(executed);
        Future<?> submitted = single.submit(() -> {});
        assertEquals(List.of(executed, submitted), single.shutdownNow());
        assertTrue(submitted.isCancelled());
    }
}
