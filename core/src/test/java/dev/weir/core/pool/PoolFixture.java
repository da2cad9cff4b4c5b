package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** Pools that are checked after each test: they end, and every task that they were given has exactly one end. */
abstract class PoolFixture {
    final CountDownLatch gate = new CountDownLatch(1);
    private final List<WorkerPool> pools = new ArrayList<>();

    final WorkerPool pool(WorkerPoolBuilder builder) {
        WorkerPool pool = builder.build();
        pools.add(pool);
        return pool;
    }

    static WorkerPoolBuilder one() {
        return WorkerPool.builder("test").maxWorkers(1);
    }

    /** A task that runs until the gate opens. */
    final Runnable waiting() {
        return () -> {
            try {
                gate.await();
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
            }
        };
    }

    /** Occupies a worker. */
    final void occupy(WorkerPool pool) {
        CountDownLatch begun = new CountDownLatch(1);
        Runnable waiting = waiting();
        pool.execute(() -> {
            begun.countDown();
            waiting.run();
        });
        join(begun);
    }

    static void join(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    /**
     * Lets the one worker of a pool come to rest, which its metrics may tell a little before it looks for work again.
     */
    static void awaitParked(WorkerPool pool) throws Exception {
        Thread worker = pool.submit(Thread::currentThread).get();
        await().until(() -> worker.getState() == Thread.State.TIMED_WAITING); // as it does nowhere but when it is idle
    }

    /** Runs in a thread of its own. */
    static <T> FutureTask<T> start(Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.ofPlatform().start(task);
        return task;
    }

    /** Starts a submission that has to wait for room. */
    static FutureTask<Void> startBlocked(WorkerPool pool, Runnable submission) {
        int before = pool.metrics().blockedSubmitters();
        FutureTask<Void> task = start(() -> {
            submission.run();
            return null;
        });
        await().until(() -> pool.metrics().blockedSubmitters() > before);
        return task;
    }

    @AfterEach
    final void everyTaskHasOneEndAndNoThreadIsLeft() throws Exception {
        gate.countDown();
        for (WorkerPool pool : pools) {
            pool.shutdownNow();
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS), pool::toString);
            assertBalance(pool.metrics());
        }
    }

    static void assertBalance(PoolMetrics end) {
        assertEquals(
                end.submitted(),
                end.completed() + end.cancelled() + end.rejected() + end.discarded() + end.abandoned(),
                end::toString);
        assertEquals(0, end.queued() + end.active() + end.workers() + end.blockedSubmitters(), end::toString);
    }
}
