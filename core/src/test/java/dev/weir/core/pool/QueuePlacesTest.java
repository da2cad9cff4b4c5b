package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The places of a queue: what has ended gives its own back at once. */
@Timeout(60)
class QueuePlacesTest extends PoolFixture {
    @Test
    void a_place_is_free_again_after_a_timeout_a_cancel_and_a_failed_start() throws Exception {
        AtomicInteger starts = new AtomicInteger();
        WorkerPool pool = pool(one().queueCapacity(1)
                .saturation(Saturation.reject())
                .threadFactory(task -> starts.incrementAndGet() == 1 ? null : new Thread(task)));
        assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
        occupy(pool);
        for (int i = 0; i < 10; i++) {
            Future<?> cancelled = pool.submit(() -> {});
            assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
            cancelled.cancel(false);
        }
        Future<?> expired = pool.submit(() -> {}, TaskOptions.none().queueTimeout(Duration.ofNanos(1)));
        assertThrows(ExecutionException.class, expired::get);
        Future<Integer> last = pool.submit(() -> 7);
        gate.countDown();
        assertEquals(7, last.get());
        await().until(() -> pool.metrics().active() == 0);
        assertEquals(11, pool.metrics().cancelled());
    }

    @Test
    void the_place_of_a_cancelled_task_goes_to_a_submitter_that_waits() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(1));
        occupy(pool);
        Future<?> cancelled = pool.submit(() -> {});
        FutureTask<Void> submitter = startBlocked(pool, () -> pool.execute(() -> {}));
        cancelled.cancel(false);
        submitter.get(60, TimeUnit.SECONDS);
    }

    @Test
    void a_rejected_future_is_not_looked_for_in_the_queue() {
        WorkerPoolBuilder builder = one().queueCapacity(2).saturation(Saturation.reject());
        PoolEngine engine = new PoolEngine(builder.settings(), PoolEvents.NONE);
        for (int i = 0; i < 3; i++) {
            engine.execute(waiting());
        }
        PoolTask<?> late = engine.tasks.future(() -> 1, "late", TaskOptions.none());
        assertThrows(RejectedExecutionException.class, () -> engine.accept(late));
        assertTrue(late.isCancelled());
        assertFalse(engine.mayAccept(), "the rejected one gives no place back");
        gate.countDown();
        engine.control.shutdown();
    }

    @Test
    void a_future_that_is_cancelled_before_it_is_handed_in_gives_no_place_back() {
        WorkerPoolBuilder builder = one().queueCapacity(2).saturation(Saturation.reject());
        PoolEngine engine = new PoolEngine(builder.settings(), PoolEvents.NONE);
        for (int i = 0; i < 3; i++) {
            engine.execute(waiting());
        }
        PoolTask<?> early = engine.tasks.future(() -> 1, "early", TaskOptions.none());
        assertTrue(early.cancel(false));
        assertFalse(engine.mayAccept(), "it has no place in the queue");
        gate.countDown();
        engine.control.shutdown();
    }

    @Test
    void tasks_of_a_timed_call_that_were_never_handed_in_give_no_place_back() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(1).saturation(Saturation.block()));
        occupy(pool);
        pool.invokeAll(List.of(() -> 1, () -> 2, () -> 3, () -> 4), 1, TimeUnit.MILLISECONDS);
        Future<Integer> queued = pool.submit(() -> 7);
        FutureTask<Void> submitter = startBlocked(pool, () -> pool.execute(() -> {}));
        gate.countDown();
        submitter.get(30, TimeUnit.SECONDS);
        assertEquals(7, queued.get());
    }

    @Test
    void a_cancelled_task_of_a_completion_service_gives_no_place_back_that_it_did_not_have() {
        WorkerPool pool = pool(one().queueCapacity(2).saturation(Saturation.reject()));
        occupy(pool);
        ExecutorCompletionService<Integer> service = new ExecutorCompletionService<>(pool);
        service.submit(() -> 1).cancel(false);
        service.submit(() -> 2).cancel(false);
        assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
    }
}
