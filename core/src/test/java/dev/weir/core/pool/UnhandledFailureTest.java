package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.ref.WeakReference;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The failure of a task goes to its owner, or to the handler when nobody asks for it. */
@Timeout(60)
class UnhandledFailureTest extends PoolFixture {
    @Test
    void a_submitted_tasks_failure_is_not_lost_when_nobody_asks() {
        AtomicReference<Throwable> handled = new AtomicReference<>();
        AtomicReference<String> name = new AtomicReference<>();
        WorkerPool pool = pool(one().failureHandler((task, failure) -> {
            name.set(task.toString());
            handled.set(failure);
        }));
        IllegalStateException failure = new IllegalStateException("expected by this test");
        submitAndForget(pool, failure);
        await().until(() -> {
            System.gc();
            return handled.get() == failure;
        });
        assertEquals("forgotten", name.get());
    }

    /** An owner whose failure handler leads back to the future of a task that failed. */
    private static final class Owner {
        private final WorkerPool pool;
        private final AtomicReference<Throwable> handled = new AtomicReference<>();
        private Future<?> future;

        Owner() {
            pool = one().failureHandler((task, failure) -> handled.set(failure)).build();
            future = pool.submit(() -> {
                throw new IllegalStateException("expected by this test");
            });
            await().until(future::isDone);
            pool.close();
        }
    }

    @Test
    void a_failure_that_nobody_asks_for_keeps_no_owner_of_the_pool_alive() {
        WeakReference<Owner> owner = new WeakReference<>(new Owner());
        await().until(() -> {
            System.gc();
            return owner.get() == null;
        });
    }

    private static void submitAndForget(WorkerPool pool, RuntimeException failure) {
        Future<?> forgotten = pool.submit(
                () -> {
                    throw failure;
                },
                TaskOptions.named("forgotten"));
        await().until(forgotten::isDone);
    }

    @Test
    void a_failure_that_somebody_asked_for_is_not_handled_too() {
        AtomicInteger handled = new AtomicInteger();
        WorkerPool pool = pool(one().failureHandler((task, failure) -> handled.incrementAndGet()));
        for (int i = 0; i < 10; i++) {
            assertThrows(
                    ExecutionException.class,
                    () -> pool.submit(() -> {
                                throw new IllegalStateException("expected by this test");
                            })
                            .get());
            pool.supplyAsync(() -> {
                        throw new IllegalStateException("expected by this test");
                    })
                    .exceptionally(failure -> 1)
                    .join();
        }
        submitAndForget(pool, new IllegalStateException("the last one"));
        await().until(() -> {
            System.gc();
            return handled.get() > 0;
        });
        assertEquals(1, handled.get());
    }

    @Test
    void a_failure_handler_that_blocks_delays_no_other_pool() {
        CountDownLatch inside = new CountDownLatch(1);
        WorkerPool slow = pool(one().failureHandler((task, failure) -> {
            inside.countDown();
            join(gate);
        }));
        submitAndForget(slow, new IllegalStateException("expected by this test"));
        await().until(() -> {
            System.gc();
            return inside.getCount() == 0;
        });
        AtomicInteger handled = new AtomicInteger();
        WorkerPool other = pool(one().failureHandler((task, failure) -> handled.incrementAndGet()));
        submitAndForget(other, new IllegalStateException("expected by this test"));
        await().until(() -> {
            System.gc();
            return handled.get() == 1;
        });
        gate.countDown();
    }
}
