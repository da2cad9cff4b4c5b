package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many workers there are. */
@Timeout(60)
class GrowthTest extends PoolFixture {
    @Test
    void the_pool_grows_before_the_queue_is_used() {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(4).queueCapacity(100));
        for (int i = 1; i <= 4; i++) {
            pool.execute(waiting());
            assertEquals(i, pool.metrics().workers());
            assertEquals(0, pool.metrics().queued());
        }
    }

    @Test
    void a_task_that_comes_with_the_last_idle_worker_taken_gets_a_new_one() {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2).queueCapacity(100));
        for (int round = 0; round < 200; round++) {
            CountDownLatch both = new CountDownLatch(2);
            for (int i = 0; i < 2; i++) {
                pool.execute(() -> {
                    both.countDown();
                    join(both);
                });
            }
            join(both);
        }
    }

    @Test
    void no_resize_shows_more_at_least_than_at_most() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(4).listener(new WorkerPoolListener() {
            @Override
            public void onResized(WorkerPool resized, int min, int max, int capacity) {
                assertTrue(min <= max);
            }
        }));
        FutureTask<Void> up = start(() -> {
            for (int i = 0; i < 2_000; i++) {
                pool.resize(8, 9);
            }
            return null;
        });
        for (int i = 0; i < 2_000; i++) {
            pool.resize(1, 2);
            pool.execute(() -> {});
        }
        up.get();
        pool.resize(1, 2);
        await().until(() -> pool.metrics().workers() <= 2);
        assertThrows(IllegalArgumentException.class, () -> pool.resize(3, 2));
        assertThrows(IllegalArgumentException.class, () -> pool.resize(-1, 2));
        assertThrows(IllegalArgumentException.class, () -> pool.resize(0, 0));
        assertThrows(IllegalArgumentException.class, () -> pool.resizeQueue(-1));
    }

    @Test
    void counts_of_workers_that_come_and_go_only_grow() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test")
                .maxWorkers(8)
                .keepAlive(Duration.ofNanos(1))
                .virtualWorkers());
        FutureTask<Void> submitter = start(() -> {
            for (int i = 0; i < 20_000; i++) {
                pool.execute(() -> {});
            }
            return null;
        });
        long completed = 0;
        while (!submitter.isDone()) {
            PoolMetrics now = pool.metrics();
            assertTrue(now.completed() >= completed, now::toString);
            completed = now.completed();
        }
        submitter.get();
        await().until(() -> pool.metrics().completed() == 20_000);
    }

    /** A chain of 2,000 waits took 9 to 37 s when each wait looked for its chain under the pool's lock. */
    @Test
    void a_chain_of_waits_takes_a_constant_time_for_each() throws Exception {
        WorkerPool pool = pool(WorkerPool.ioBound("test").queueCapacity(0));
        Future<Integer> last = pool.submit(() -> {
            join(gate);
            return 0;
        });
        for (int i = 0; i < 2_000; i++) {
            Future<Integer> before = last;
            last = pool.submit(() -> before.get() + 1);
        }
        gate.countDown();
        assertEquals(2_000, last.get(30, TimeUnit.SECONDS));
    }
}
