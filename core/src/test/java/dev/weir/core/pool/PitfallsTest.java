package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Defects that other pools have. */
@Timeout(60)
class PitfallsTest extends PoolFixture {
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
    void get_returns_after_shutdownNow_discardOldest_and_a_late_callerRuns() throws Exception {
        WorkerPool stopped = pool(one());
        occupy(stopped);
        Future<Integer> queued = stopped.submit(() -> 1);
        CompletableFuture<Integer> supplied = stopped.supplyAsync(() -> 1);
        assertEquals(2, stopped.shutdownNow().size());
        for (Future<Integer> future : List.of(queued, supplied)) {
            assertThrows(CancellationException.class, () -> future.get(60, TimeUnit.SECONDS));
        }

        WorkerPool discarding = pool(one().queueCapacity(1).saturation(Saturation.discardOldest()));
        occupy(discarding);
        Future<Integer> victim = discarding.submit(() -> 1);
        Future<Integer> newer = discarding.submit(() -> 2);
        assertThrows(CancellationException.class, () -> victim.get(60, TimeUnit.SECONDS));

        WorkerPool late = pool(one().queueCapacity(0).saturation(Saturation.callerRuns()));
        occupy(late);
        late.shutdown();
        assertThrows(RejectedExecutionException.class, () -> late.submit(() -> 1));
        gate.countDown();
        assertEquals(2, newer.get());
    }

    @Test
    void invokeAny_returns_after_shutdownNow_and_discardOldest() throws Exception {
        for (boolean discards : new boolean[] {true, false}) {
            WorkerPool pool = pool(one().queueCapacity(1).saturation(Saturation.discardOldest()));
            occupy(pool);
            FutureTask<Integer> call = start(() -> pool.invokeAny(List.of(() -> 1)));
            await().until(() -> pool.metrics().queued() == 1);
            if (discards) {
                pool.execute(() -> {});
            } else {
                pool.shutdownNow();
            }
            Throwable failure =
                    assertThrows(ExecutionException.class, call::get).getCause();
            assertInstanceOf(ExecutionException.class, failure);
            assertInstanceOf(CancellationException.class, failure.getCause());
        }
    }

    @Test
    void a_task_whose_submitter_waits_is_run_or_rejected_when_the_pool_shuts_down() throws Exception {
        for (int round = 0; round < 100; round++) {
            WorkerPool pool =
                    WorkerPool.builder("test").maxWorkers(1).queueCapacity(1).build();
            CountDownLatch busy = new CountDownLatch(1);
            pool.execute(() -> join(busy));
            pool.execute(() -> {});
            AtomicInteger ran = new AtomicInteger();
            FutureTask<Boolean> submitter = start(() -> {
                try {
                    pool.execute(ran::incrementAndGet);
                    return true;
                } catch (RejectedExecutionException rejected) {
                    return false;
                }
            });
            FutureTask<Void> shutdown = start(() -> {
                pool.shutdown();
                return null;
            });
            busy.countDown();
            shutdown.get();
            boolean accepted = submitter.get(60, TimeUnit.SECONDS);
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
            assertEquals(accepted ? 1 : 0, ran.get());
            assertBalance(pool.metrics());
        }
    }

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
    void close_does_not_wait_for_ever() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().closeTimeout(Duration.ofSeconds(3)).timeSource(time));
        occupy(pool);
        FutureTask<Void> close = start(() -> {
            pool.close();
            return null;
        });
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(3));
        close.get(60, TimeUnit.SECONDS);
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
}
