package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.TaskRejectedException.Reason;
import dev.weir.core.sync.KeyedExecutor;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A rejection says why, so that a caller can tell a moment's load from the end of the pool. */
@Timeout(60)
class RejectionTest extends PoolFixture {
    private static TaskRejectedException rejected(WorkerPool pool) {
        return assertThrows(TaskRejectedException.class, () -> pool.execute(() -> {}));
    }

    private WorkerPool full(Saturation saturation) {
        WorkerPool pool = pool(one().queueCapacity(0).saturation(saturation));
        occupy(pool);
        return pool;
    }

    @Test
    void a_full_pool_is_saturated() {
        TaskRejectedException rejection = rejected(full(Saturation.reject()));
        assertEquals(Reason.SATURATED, rejection.reason());
        assertEquals("test is saturated", rejection.getMessage());
        assertEquals(
                Reason.SATURATED, rejected(full(Saturation.discardOldest())).reason());
    }

    @Test
    void a_submitter_that_waited_in_vain_timed_out() {
        assertEquals(
                Reason.TIMED_OUT,
                rejected(full(Saturation.block(Duration.ofMillis(1)))).reason());
    }

    @Test
    void a_submitter_that_was_interrupted_while_it_waited_keeps_its_status() throws Exception {
        WorkerPool pool = full(Saturation.block());
        FutureTask<Boolean> submitter = start(() -> {
            Thread.currentThread().interrupt();
            TaskRejectedException rejection = rejected(pool);
            assertEquals(Reason.INTERRUPTED, rejection.reason());
            assertInstanceOf(InterruptedException.class, rejection.getCause());
            return Thread.interrupted();
        });
        assertTrue(submitter.get());
    }

    @Test
    void a_pool_that_is_shut_down_says_so_whatever_the_form_of_the_submission() {
        WorkerPool pool = pool(one());
        pool.shutdown();
        assertEquals(Reason.SHUT_DOWN, rejected(pool).reason());
        assertEquals(
                Reason.SHUT_DOWN,
                assertThrows(TaskRejectedException.class, () -> pool.submit(() -> 1))
                        .reason());
        assertEquals(
                Reason.SHUT_DOWN,
                assertThrows(TaskRejectedException.class, () -> pool.runAsync(() -> {}))
                        .reason());
    }

    @Test
    void a_thread_that_cannot_be_started_is_the_cause() {
        OutOfMemoryError noThread = new OutOfMemoryError("expected by this test");
        WorkerPool pool = pool(one().threadFactory(task -> {
            throw noThread;
        }));
        TaskRejectedException rejection = rejected(pool);
        assertEquals(Reason.NOT_STARTED, rejection.reason());
        assertEquals(noThread, rejection.getCause());
    }

    @Test
    void a_worker_that_has_run_too_many_tasks_within_one_another_must_not_wait_for_itself() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0).failureHandler((task, failure) -> {}));
        FutureTask<Reason> deepest = new FutureTask<>(() -> within(pool));
        pool.execute(deepest);
        assertEquals(Reason.SELF_WAIT, deepest.get());
    }

    private static Reason within(WorkerPool pool) throws InterruptedException {
        FutureTask<Reason> next = new FutureTask<>(() -> within(pool));
        try {
            pool.execute(next); // runs here
            return next.get();
        } catch (TaskRejectedException rejection) {
            return rejection.reason();
        } catch (ExecutionException unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    @Test
    void a_keyed_executor_says_why_as_a_pool_does() throws Exception {
        WorkerPool pool = pool(one());
        KeyedExecutor<String> rejecting = KeyedExecutor.builder(pool)
                .capacity(1)
                .saturation(Saturation.reject())
                .build();
        occupy(pool);
        rejecting.execute("a", () -> {});
        assertEquals(
                Reason.SATURATED,
                assertThrows(TaskRejectedException.class, () -> rejecting.execute("a", () -> {}))
                        .reason());
        KeyedExecutor<String> waiting = KeyedExecutor.builder(pool)
                .capacity(1)
                .saturation(Saturation.block(Duration.ofMillis(1)))
                .build();
        waiting.execute("a", () -> {});
        assertEquals(
                Reason.TIMED_OUT,
                assertThrows(TaskRejectedException.class, () -> waiting.execute("a", () -> {}))
                        .reason());
    }
}
