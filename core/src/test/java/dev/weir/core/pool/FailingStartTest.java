package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of the tasks in a pool that has no worker and gets none. */
@Timeout(60)
class FailingStartTest extends PoolFixture {
    @Test
    void all_that_wait_are_cancelled_at_once() {
        WorkerPool pool = pool(one().queueCapacity(10_000).threadFactory(work -> null));
        pool.pause();
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            futures.add(pool.submit(() -> {}));
        }
        pool.resume();
        assertEquals(5_000, futures.stream().filter(Future::isCancelled).count());
        assertEquals(5_000, pool.metrics().abandoned());
    }

    @Test
    void the_handler_hears_of_each_that_nobody_has_a_future_of() {
        List<Runnable> handled = Collections.synchronizedList(new ArrayList<>());
        WorkerPool pool = pool(one().threadFactory(work -> null).failureHandler((task, failure) -> handled.add(task)));
        Runnable plain = () -> {};
        Runnable named = () -> {};
        pool.pause();
        pool.execute(plain);
        pool.execute(named, TaskOptions.named("named"));
        Future<?> future = pool.submit(() -> {});
        pool.resume();
        assertEquals(List.of(plain, named), handled);
        assertTrue(future.isCancelled());
    }

    @Test
    void a_pool_ends_though_the_thread_of_the_task_that_a_stop_took_does_not_start() throws Exception {
        CountDownLatch starting = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        WorkerPool pool = pool(one().threadFactory(work -> {
            starting.countDown();
            join(stopped);
            return null;
        }));
        FutureTask<Future<?>> submission = start(() -> pool.submit(() -> {}));
        join(starting);
        assertEquals(1, pool.shutdownNow().size());
        assertFalse(pool.isTerminated(), "a thread is being started");
        stopped.countDown();
        submission.get();
        assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    }
}
