package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task that waits for something that only its own pool can do, or submits to it. */
@Timeout(60)
class SelfWaitTest extends PoolFixture {
    private static Throwable failureOf(Future<?> future) {
        return assertThrows(ExecutionException.class, () -> future.get(60, TimeUnit.SECONDS))
                .getCause();
    }

    private static boolean rests(Thread thread) {
        return thread.getState() == Thread.State.WAITING;
    }

    // David-Haim/concurrencpp#61, jwiegley/async-pool#4
    @Test
    void a_wait_that_leaves_no_worker_for_what_it_waits_for_is_refused_at_once() {
        WorkerPool pool = pool(one());
        assertInstanceOf(
                IllegalStateException.class,
                failureOf(pool.submit(() -> pool.submit(() -> 1).get())));
        assertInstanceOf(
                IllegalStateException.class,
                failureOf(pool.submit(() -> pool.supplyAsync(() -> 1).join())));
        assertInstanceOf(
                IllegalStateException.class,
                failureOf(pool.submit(() -> pool.supplyAsync(() -> 1).get())));
        assertInstanceOf(
                IllegalStateException.class, failureOf(pool.submit(() -> pool.invokeAll(List.of(() -> 1, () -> 2)))));
    }

    @Test
    void a_wait_is_not_refused_while_another_worker_may_come_free() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2));
        CountDownLatch waits = new CountDownLatch(1);
        occupy(pool);
        Future<Integer> outer = pool.submit(() -> {
            Future<Integer> inner = pool.submit(() -> 2);
            waits.countDown();
            return inner.get();
        });
        join(waits);
        gate.countDown();
        assertEquals(2, outer.get(60, TimeUnit.SECONDS));
    }

    /** The soak run: a pool was made smaller until all that was left waited for tasks in its queue. */
    @Test
    void where_a_pool_is_made_so_small_that_all_workers_wait_there_is_one_more_while_they_do() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(3));
        CountDownLatch begun = new CountDownLatch(2);
        List<Thread> waiting = new CopyOnWriteArrayList<>();
        List<Future<Integer>> outer = new ArrayList<>();
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        occupy(pool); // first, so that the inner tasks find no worker
        for (int i = 0; i < 2; i++) {
            outer.add(pool.submit(() -> {
                begun.countDown();
                join(begun);
                Future<Integer> inner = pool.submit(() -> {
                    most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                    return atOnce.decrementAndGet();
                });
                waiting.add(Thread.currentThread());
                return inner.get();
            }));
        }
        await().until(() -> waiting.size() == 2 && waiting.stream().allMatch(SelfWaitTest::rests));
        pool.resize(0, 1);
        gate.countDown();
        for (Future<Integer> each : outer) {
            assertEquals(0, each.get(60, TimeUnit.SECONDS));
        }
        assertEquals(1, most.get());
        Runnable unused = () -> {};
        await().until(() -> {
            pool.execute(unused); // surplus workers end after their task
            return pool.metrics().workers() <= 1;
        });
    }

    @Test
    void all_workers_may_wait_already_when_a_pool_is_made_smaller() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2).virtualWorkers());
        CompletableFuture<Future<Integer>> later = new CompletableFuture<>();
        AtomicReference<Thread> waiting = new AtomicReference<>();
        CountDownLatch begun = new CountDownLatch(1);
        Future<Integer> outer = pool.submit(() -> {
            begun.countDown();
            Future<Integer> inner = later.get();
            waiting.set(Thread.currentThread());
            return inner.get();
        });
        join(begun);
        pool.pause(); // so that what it waits for stays in the queue
        later.complete(pool.submit(() -> 2));
        await().until(() -> waiting.get() != null && rests(waiting.get()));
        pool.resize(0, 1);
        pool.resume();
        assertEquals(2, outer.get(60, TimeUnit.SECONDS));
    }

    @Test
    void a_chain_of_waits_as_long_as_the_pool_allows_is_not_refused() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(50).queueCapacity(0));
        Future<Integer> last = pool.submit(() -> {
            gate.await();
            return 0;
        });
        for (int i = 0; i < 49; i++) {
            Future<Integer> before = last;
            last = pool.submit(() -> before.get() + 1);
        }
        gate.countDown();
        assertEquals(49, last.get(60, TimeUnit.SECONDS));
    }

    @Test
    void of_two_tasks_that_wait_for_each_other_one_is_refused_and_both_end() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2));
        List<Future<Integer>> pair = new ArrayList<>();
        CountDownLatch known = new CountDownLatch(1);
        for (int i = 0; i < 2; i++) {
            int other = 1 - i;
            pair.add(pool.submit(() -> {
                join(known);
                return pair.get(other).get();
            }));
        }
        known.countDown();
        for (Future<Integer> each : pair) {
            Throwable cause = failureOf(each);
            assertInstanceOf(
                    IllegalStateException.class, cause instanceof ExecutionException outer ? outer.getCause() : cause);
        }
    }

    @Test
    void a_task_that_waits_for_itself_is_refused_though_other_workers_are_free() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(4));
        CompletableFuture<Future<Integer>> self = new CompletableFuture<>();
        Future<Integer> future = pool.submit(() -> self.get().get());
        self.complete(future);
        Throwable refused = failureOf(future);
        assertInstanceOf(IllegalStateException.class, refused);
        assertTrue(refused.getMessage().contains("waits for itself"), refused::getMessage);
    }

    @Test
    void a_wait_with_a_timeout_is_not_refused_and_ends_by_itself() {
        WorkerPool pool = pool(one());
        assertInstanceOf(
                TimeoutException.class,
                failureOf(pool.submit(() -> pool.submit(() -> 1).get(1, TimeUnit.MILLISECONDS))));
    }

    @Test
    void a_wait_for_what_a_caller_runs_is_not_refused() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0).saturation(Saturation.callerRuns()));
        CompletableFuture<CompletableFuture<Integer>> shared = new CompletableFuture<>();
        CompletableFuture<Thread> worker = new CompletableFuture<>();
        Future<Integer> waits = pool.submit(() -> {
            worker.complete(Thread.currentThread());
            return shared.get().get();
        });
        worker.get();
        CompletableFuture<Integer> result = new CompletableFuture<>();
        Callable<Integer> inCaller = () -> {
            await().until(() -> worker.get().getState() == Thread.State.WAITING);
            return 7;
        };
        shared.complete(result);
        Future<Integer> callers = pool.submit(inCaller);
        result.complete(callers.get());
        assertEquals(7, waits.get(60, TimeUnit.SECONDS));
    }

    // palantir/gradle-baseline#737
    @Test
    void a_task_that_closes_its_own_pool_or_awaits_its_end_is_refused_and_the_pool_goes_on() throws Exception {
        WorkerPool pool = pool(one());
        assertInstanceOf(IllegalStateException.class, failureOf(pool.submit(() -> {
            pool.close();
            return 1;
        })));
        assertInstanceOf(
                IllegalStateException.class, failureOf(pool.submit(() -> pool.awaitTermination(1, TimeUnit.HOURS))));
        assertInstanceOf(
                IllegalStateException.class,
                failureOf(pool.submit(() -> pool.shutdown(Deadline.after(Duration.ofHours(1))))));
        assertEquals(1, pool.submit(() -> 1).get());
    }

    @Test
    void a_task_runs_what_it_submits_to_its_own_full_pool() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0));
        AtomicReference<Thread> ranIn = new AtomicReference<>();
        Thread worker = pool.submit(() -> {
                    pool.execute(() -> ranIn.set(Thread.currentThread()));
                    return Thread.currentThread();
                })
                .get();
        assertEquals(worker, ranIn.get());
        assertEquals(7, pool.submit(() -> pool.submit(() -> 7).get()).get(60, TimeUnit.SECONDS));
    }

    // neo4j-contrib/neo4j-apoc-procedures#1193: the stack overflowed, and the task was lost
    @Test
    void a_task_that_submits_itself_again_and_again_to_its_full_pool_is_rejected_in_the_end() {
        AtomicReference<Throwable> handled = new AtomicReference<>();
        WorkerPool pool = pool(one().queueCapacity(0).failureHandler((task, failure) -> handled.set(failure)));
        AtomicInteger rounds = new AtomicInteger();
        Runnable[] again = new Runnable[1];
        again[0] = () -> {
            rounds.incrementAndGet();
            pool.execute(again[0]);
        };
        pool.execute(again[0]);
        await().until(() -> handled.get() instanceof RejectedExecutionException);
        assertEquals(1 + SaturationHandler.MAX_DEPTH, rounds.get());
    }

    // rayon-rs/rayon#592: what is meant for the one hits the other
    @Test
    void interrupts_of_a_task_and_of_the_one_that_runs_within_it_are_kept_apart() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0));
        Future<List<Boolean>> outer = pool.submit(() -> {
            Thread.currentThread().interrupt();
            Future<Boolean> inner = pool.submit(() -> Thread.currentThread().isInterrupted());
            return List.of(inner.get(), Thread.interrupted());
        });
        assertEquals(List.of(false, true), outer.get(60, TimeUnit.SECONDS));
    }

    @Test
    void a_cancel_that_the_inner_task_uses_up_still_reaches_the_outer_one() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0));
        CountDownLatch inside = new CountDownLatch(1);
        CompletableFuture<Boolean> seen = new CompletableFuture<>();
        Future<?> outer = pool.submit(() -> {
            pool.execute(() -> {
                inside.countDown();
                try {
                    gate.await();
                } catch (InterruptedException used) {
                    // it was for the outer one
                }
            });
            seen.complete(Thread.interrupted());
        });
        join(inside);
        outer.cancel(true);
        assertTrue(seen.get(60, TimeUnit.SECONDS));
    }
}
