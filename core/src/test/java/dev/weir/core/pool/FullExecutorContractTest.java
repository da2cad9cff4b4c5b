package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.pool.TaskRejectedException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Every method of {@code ExecutorService} on a pool whose queue is full and for which submitters wait. */
@ParameterizedClass
@EnumSource(PoolKind.class)
@Timeout(60)
class FullExecutorContractTest extends PoolFixture {
    @Parameter
    PoolKind kind;

    private final AtomicInteger ran = new AtomicInteger();
    private final List<Future<Integer>> queued = new ArrayList<>();
    private final List<FutureTask<Void>> submitters = new ArrayList<>();
    private WorkerPool pool;

    @BeforeEach
    void fill() {
        pool = pool(kind.builder(1).queueCapacity(kind.hasQueue() ? 2 : 0));
        occupy(pool);
        for (int i = 0; kind.hasQueue() && i < 2; i++) {
            queued.add(pool.submit(ran::incrementAndGet));
        }
        for (int i = 0; i < 2; i++) {
            submitters.add(startBlocked(pool, () -> pool.execute(ran::incrementAndGet)));
        }
    }

    private Callable<Integer> runs() {
        return ran::incrementAndGet;
    }

    /** All that was handed in, whoever had to wait, runs when there is room. */
    private void runsDry(int tasks) throws Exception {
        gate.countDown();
        for (FutureTask<Void> submitter : submitters) {
            submitter.get(30, TimeUnit.SECONDS);
        }
        for (Future<Integer> future : queued) {
            future.get(30, TimeUnit.SECONDS);
        }
        await().until(() -> ran.get() == tasks);
    }

    private int before() {
        return queued.size() + submitters.size();
    }

    @Test
    void execute_and_submit_wait_and_run() throws Exception {
        int before = before();
        submitters.add(startBlocked(pool, () -> pool.execute(ran::incrementAndGet)));
        submitters.add(startBlocked(pool, () -> pool.submit(runs())));
        submitters.add(startBlocked(
                pool,
                () -> pool.submit(() -> {
                    ran.incrementAndGet();
                })));
        submitters.add(startBlocked(
                pool,
                () -> pool.submit(
                        () -> {
                            ran.incrementAndGet();
                        },
                        1)));
        submitters.add(startBlocked(pool, () -> pool.supplyAsync(ran::incrementAndGet)));
        runsDry(before + 5);
    }

    @Test
    void an_interrupt_ends_the_wait_and_the_task_never_runs() throws Exception {
        int before = before();
        AtomicReference<Thread> thread = new AtomicReference<>();
        FutureTask<Void> interrupted = startBlocked(pool, () -> {
            thread.set(Thread.currentThread());
            TaskRejectedException rejection =
                    assertThrows(TaskRejectedException.class, () -> pool.execute(ran::incrementAndGet));
            assertEquals(Reason.INTERRUPTED, rejection.reason());
            assertTrue(Thread.interrupted());
        });
        thread.get().interrupt();
        interrupted.get(30, TimeUnit.SECONDS);
        runsDry(before);
    }

    @Test
    void timed_calls_end_in_time_and_leave_nothing_behind() throws Exception {
        int before = before();
        for (Future<Integer> future : pool.invokeAll(List.of(runs(), runs()), 1, TimeUnit.MILLISECONDS)) {
            assertTrue(future.isCancelled());
        }
        assertThrows(TimeoutException.class, () -> pool.invokeAny(List.of(runs(), runs()), 1, TimeUnit.MILLISECONDS));
        assertFalse(pool.awaitTermination(1, TimeUnit.MILLISECONDS));
        assertEquals(2, pool.metrics().blockedSubmitters());
        runsDry(before);
    }

    @Test
    void untimed_calls_wait_for_room() throws Exception {
        int before = before();
        FutureTask<Integer> all =
                start(() -> pool.invokeAll(List.of(runs(), runs())).size());
        FutureTask<Integer> any = start(() -> pool.invokeAny(List.of(runs())));
        await().until(() -> pool.metrics().blockedSubmitters() == 4);
        runsDry(before + 3);
        assertEquals(2, all.get());
        assertTrue(any.get() > 0);
    }

    @Test
    void interrupted_calls_throw_and_their_tasks_never_run() throws Exception {
        int before = before();
        for (boolean any : new boolean[] {true, false}) {
            AtomicReference<Thread> thread = new AtomicReference<>();
            FutureTask<Void> call = startBlocked(pool, () -> {
                thread.set(Thread.currentThread());
                assertThrows(InterruptedException.class, () -> {
                    if (any) {
                        pool.invokeAny(List.of(runs()));
                    } else {
                        pool.invokeAll(List.of(runs()));
                    }
                });
            });
            thread.get().interrupt();
            call.get(30, TimeUnit.SECONDS);
        }
        runsDry(before);
    }

    private void assertSubmittersAreRejected() {
        for (FutureTask<Void> submitter : submitters) {
            ExecutionException rejection =
                    assertThrows(ExecutionException.class, () -> submitter.get(30, TimeUnit.SECONDS));
            assertEquals(
                    Reason.SHUT_DOWN,
                    assertInstanceOf(TaskRejectedException.class, rejection.getCause())
                            .reason());
        }
    }

    @Test
    void shutdown_rejects_those_that_wait_and_runs_what_is_queued() throws Exception {
        pool.shutdown();
        assertTrue(pool.isShutdown());
        assertFalse(pool.isTerminated());
        assertSubmittersAreRejected();
        submitters.clear();
        runsDry(queued.size());
        assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
        assertTrue(pool.isTerminated());
    }

    @Test
    void shutdownNow_cancels_what_is_queued_too() throws Exception {
        assertEquals(queued, pool.shutdownNow());
        assertSubmittersAreRejected();
        for (Future<Integer> future : queued) {
            assertThrows(CancellationException.class, future::get);
        }
        assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
        assertEquals(0, ran.get());
    }

    @Test
    void a_shutdown_whose_deadline_passes_reports_what_is_queued_and_what_runs() throws Exception {
        ShutdownReport report = pool.shutdown(Deadline.after(Duration.ofMillis(1)));
        assertEquals(queued, report.neverStarted());
        assertEquals(1, report.interrupted().size());
        assertSubmittersAreRejected();
    }

    @Test
    void close_lets_what_is_queued_run() throws Exception {
        FutureTask<Void> close = start(() -> {
            pool.close();
            return null;
        });
        await().until(pool::isShutdown);
        assertSubmittersAreRejected();
        submitters.clear();
        runsDry(queued.size());
        close.get(30, TimeUnit.SECONDS);
        assertTrue(pool.isTerminated());
    }

    @Test
    void a_cancel_lets_a_submitter_in() throws Exception {
        for (Future<Integer> future : queued) {
            assertTrue(future.cancel(true));
        }
        if (kind.hasQueue()) {
            for (FutureTask<Void> submitter : submitters) {
                submitter.get(30, TimeUnit.SECONDS);
            }
        }
        queued.clear();
        runsDry(submitters.size());
    }

    @Test
    void a_larger_queue_and_more_workers_let_submitters_in() throws Exception {
        int before = before();
        if (kind.hasQueue()) {
            pool.resizeQueue(4);
        } else {
            pool.resize(0, 3);
        }
        for (FutureTask<Void> submitter : submitters) {
            submitter.get(30, TimeUnit.SECONDS);
        }
        runsDry(before);
    }
}
