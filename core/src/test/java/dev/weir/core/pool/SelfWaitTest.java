package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task that waits for another one of its pool never waits for a worker that will not come. */
@Timeout(60)
class SelfWaitTest extends PoolFixture {
    @Test
    void a_task_runs_what_it_waits_for_if_no_thread_can_be_started_for_it() throws Exception {
        AtomicInteger threads = new AtomicInteger();
        WorkerPool pool = pool(WorkerPool.builder("test")
                .maxWorkers(2)
                .threadFactory(work -> threads.incrementAndGet() == 1 ? new Thread(work) : null));
        assertEquals(2, pool.submit(() -> pool.submit(() -> 2).get()).get());
    }

    @Test
    void a_task_runs_those_that_are_before_the_one_that_it_waits_for() throws Exception {
        WorkerPool pool = pool(one());
        TaskOptions key = TaskOptions.none().key("key");
        List<Integer> order = pool.submit(() -> {
                    List<Integer> run = new ArrayList<>();
                    pool.submit(() -> run.add(1), key);
                    pool.submit(() -> run.add(2), key);
                    pool.submit(() -> run.add(3), key).get();
                    return run;
                })
                .get();
        assertEquals(List.of(1, 2, 3), order);
    }

    @Test
    void the_worker_that_is_to_run_it_stays_though_there_are_too_many() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2));
        AtomicReference<Thread> waiter = new AtomicReference<>();
        CountDownLatch begun = new CountDownLatch(1);
        Future<Integer> waits = pool.submit(() -> {
            waiter.set(Thread.currentThread());
            begun.countDown();
            gate.await();
            return pool.submit(() -> 2).get();
        });
        join(begun);
        Thread other = pool.submit(Thread::currentThread).get();
        await().until(() -> other.getState() == Thread.State.TIMED_WAITING);
        pool.pause(); // so that the other worker is free, but must not take it
        gate.countDown();
        await().until(() -> pool.metrics().queued() == 1 && waiter.get().getState() == Thread.State.WAITING);
        pool.resize(0, 1);
        await().until(() -> !other.isAlive()
                || (other.getState() == Thread.State.TIMED_WAITING
                        && pool.metrics().active() == 1));
        pool.resume();
        assertEquals(2, waits.get());
        await().until(() -> pool.metrics().workers() == 1);
    }

    @Test
    void what_it_runs_inside_of_something_else_is_counted() throws Exception {
        WorkerPool pool = pool(one());
        Future<Integer> outer = pool.submit(() ->
                new ExecutorCompletionService<Integer>(pool).submit(() -> 2).get());
        assertEquals(2, outer.get());
    }
}
