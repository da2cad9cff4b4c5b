package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkerPoolTest extends PoolFixture {
    /** Starts a thread that submits, and waits until it is blocked. */
    private static FutureTask<Void> blockedSubmitter(Runnable submit, AtomicReference<Thread> thread) {
        FutureTask<Void> task = new FutureTask<>(submit, null);
        thread.set(Thread.ofPlatform().start(task));
        await().until(() -> thread.get().getState() == Thread.State.WAITING
                || thread.get().getState() == Thread.State.TIMED_WAITING);
        return task;
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        assertEquals(10, WorkerPoolSnippets.pool());
        assertEquals(6, WorkerPoolSnippets.options());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void grows_by_threads_first_and_queues_only_at_the_maximum(boolean virtual) {
        WorkerPoolBuilder builder = WorkerPool.builder("test").maxWorkers(3).queueCapacity(10);
        WorkerPool pool = pool(virtual ? builder.virtualWorkers() : builder);
        for (int i = 0; i < 5; i++) {
            pool.execute(waiting());
        }
        assertEquals(3, pool.metrics().workers());
        assertEquals(2, pool.metrics().queued());
        assertEquals("WorkerPool[test, 3 workers, 3 active, 2 queued]", pool.toString());
        gate.countDown();
        await().until(() -> pool.metrics().completed() == 5);
        assertEquals(2, pool.metrics().peakQueued());
    }

    @Test
    void an_idle_worker_is_used_before_a_new_one_is_started() throws Exception {
        HeldBack time = new HeldBack();
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(5).timeSource(time));
        pool.submit(() -> {}).get();
        try {
            for (int i = 0; i < 20; i++) {
                time.idle.acquire();
                Future<?> task = pool.submit(() -> {});
                assertEquals(1, pool.metrics().workers());
                time.goOn.release();
                task.get();
            }
        } finally {
            time.over = true;
            time.goOn.release();
        }
    }

    /** A clock that holds back the idle worker that is woken: one that takes its task at once is not idle any more. */
    private static final class HeldBack implements TimeSource {
        final Semaphore idle = new Semaphore(0);
        final Semaphore goOn = new Semaphore(0);
        volatile boolean over;

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            idle.release();
            if (over) {
                LockSupport.parkNanos(blocker, nanos);
            } else {
                goOn.acquireUninterruptibly();
            }
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void idle_workers_above_the_minimum_end() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(WorkerPool.builder("test")
                .minWorkers(1)
                .maxWorkers(3)
                .keepAlive(Duration.ofSeconds(5))
                .timeSource(time));
        for (int i = 0; i < 3; i++) {
            pool.execute(waiting());
        }
        gate.countDown();
        time.awaitWaiters(3);
        time.advance(Duration.ofSeconds(5).minusNanos(1));
        assertEquals(3, pool.metrics().workers());
        time.advance(Duration.ofNanos(1));
        await().until(() -> pool.metrics().workers() == 1);
        pool.submit(() -> {}).get();
    }

    @Test
    void a_blocked_submitter_goes_on_when_there_is_room() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(1));
        pool.execute(waiting());
        pool.execute(() -> {});
        AtomicInteger ran = new AtomicInteger();
        FutureTask<Void> submitter =
                blockedSubmitter(() -> pool.execute(ran::incrementAndGet), new AtomicReference<>());
        gate.countDown();
        submitter.get();
        await().until(() -> ran.get() == 1);
    }

    @Test
    void a_queue_of_no_capacity_hands_over_directly() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0));
        pool.execute(waiting());
        AtomicInteger ran = new AtomicInteger();
        FutureTask<Void> submitter =
                blockedSubmitter(() -> pool.execute(ran::incrementAndGet), new AtomicReference<>());
        assertEquals(0, pool.metrics().queued());
        gate.countDown();
        submitter.get();
        await().until(() -> ran.get() == 1);
    }

    @Test
    void a_submitter_that_blocks_too_long_is_rejected_and_its_task_never_runs() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().queueCapacity(0)
                .saturation(Saturation.block(Duration.ofSeconds(2)))
                .timeSource(time));
        pool.execute(waiting());
        AtomicInteger ran = new AtomicInteger();
        FutureTask<Void> submitter =
                blockedSubmitter(() -> pool.execute(ran::incrementAndGet), new AtomicReference<>());
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(2));
        assertInstanceOf(
                RejectedExecutionException.class,
                assertThrows(ExecutionException.class, submitter::get).getCause());
        gate.countDown();
        pool.shutdown();
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
        assertEquals(0, ran.get());
        assertEquals(1, pool.metrics().rejected());
    }

    @Test
    void an_interrupted_submitter_is_rejected_and_keeps_its_status() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0));
        pool.execute(waiting());
        AtomicReference<Thread> thread = new AtomicReference<>();
        FutureTask<Void> submitter = blockedSubmitter(
                () -> {
                    RejectedExecutionException thrown =
                            assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
                    assertInstanceOf(InterruptedException.class, thrown.getCause());
                    assertTrue(Thread.currentThread().isInterrupted());
                },
                thread);
        thread.get().interrupt();
        submitter.get();
    }

    @Test
    void a_blocked_submitter_is_rejected_when_the_pool_is_shut_down() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0));
        pool.execute(waiting());
        FutureTask<Void> submitter = blockedSubmitter(() -> pool.execute(() -> {}), new AtomicReference<>());
        pool.shutdown();
        assertInstanceOf(
                RejectedExecutionException.class,
                assertThrows(ExecutionException.class, submitter::get).getCause());
    }

    @Test
    void a_task_that_submits_to_its_own_saturated_pool_does_not_hang() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(0));
        Future<Integer> outer = pool.submit(() -> pool.submit(() -> 7).get());
        assertEquals(7, outer.get(60, TimeUnit.SECONDS));
    }

    @Test
    void callerRuns_runs_in_the_caller_but_not_after_shutdown() {
        WorkerPool pool = pool(one().queueCapacity(0).saturation(Saturation.callerRuns()));
        pool.execute(waiting());
        AtomicReference<Thread> ranIn = new AtomicReference<>();
        pool.execute(() -> ranIn.set(Thread.currentThread()));
        assertSame(Thread.currentThread(), ranIn.get());
        pool.shutdown();
        assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
    }

    @Test
    void reject_rejects() {
        WorkerPool pool = pool(one().queueCapacity(1).saturation(Saturation.reject()));
        pool.execute(waiting());
        pool.execute(() -> {});
        assertEquals(
                "test is saturated",
                assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}))
                        .getMessage());
    }

    @Test
    void discardOldest_completes_the_victims_future() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(1).saturation(Saturation.discardOldest()));
        pool.execute(waiting());
        Future<Integer> victim = pool.submit(() -> 1);
        Future<Integer> newer = pool.submit(() -> 2);
        assertThrows(CancellationException.class, () -> victim.get(60, TimeUnit.SECONDS));
        gate.countDown();
        assertEquals(2, newer.get());
        assertEquals(1, pool.metrics().discarded());
    }

    @Test
    void shutdownNow_completes_the_futures_of_the_queue_and_interrupts_what_runs() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(5));
        CountDownLatch begun = new CountDownLatch(1);
        Future<?> running = pool.submit(() -> {
            begun.countDown();
            gate.await();
            return null;
        });
        join(begun); // else it is taken away before it begins
        Future<Integer> queued = pool.submit(() -> 1);
        assertEquals(1, pool.shutdownNow().size());
        assertThrows(CancellationException.class, () -> queued.get(60, TimeUnit.SECONDS));
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, () -> running.get(60, TimeUnit.SECONDS))
                        .getCause());
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
        assertEquals(List.of(), pool.shutdownNow());
    }

    @Test
    void shutdown_with_a_deadline_reports_every_unfinished_task() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().queueCapacity(5).timeSource(time));
        CountDownLatch begun = new CountDownLatch(1);
        Runnable waiting = waiting();
        Runnable running = () -> {
            begun.countDown();
            waiting.run();
        };
        Runnable queued = () -> {};
        pool.execute(running);
        join(begun);
        pool.execute(queued);
        FutureTask<ShutdownReport> shutdown =
                new FutureTask<>(() -> pool.shutdown(Deadline.after(Duration.ofSeconds(3), time)));
        Thread.ofVirtual().start(shutdown);
        time.awaitWaiters(2); // and the watch for a standstill, as a task is queued
        time.advance(Duration.ofSeconds(3));
        ShutdownReport report = shutdown.get();
        assertEquals(List.of(queued), report.neverStarted());
        assertEquals(List.of(running), report.interrupted());
        assertEquals(1, pool.metrics().abandoned());
    }

    @Test
    void a_stop_takes_the_task_of_a_worker_that_is_just_being_started() throws Exception {
        AtomicReference<Runnable> late = new AtomicReference<>();
        WorkerPool pool = pool(one().threadFactory(worker -> new Thread(worker) {
            @Override
            public void start() {
                late.set(super::start);
            }
        }));
        AtomicBoolean ran = new AtomicBoolean();
        Runnable task = () -> ran.set(true);
        pool.execute(task);
        assertEquals(List.of(task), pool.shutdown(Deadline.after(Duration.ZERO)).neverStarted());
        late.get().run();
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
        assertFalse(ran.get());
    }

    @Test
    void shutdown_with_a_deadline_that_is_met_is_clean() throws Exception {
        WorkerPool pool = pool(one());
        Future<Integer> task = pool.submit(() -> 1);
        assertTrue(pool.shutdown(Deadline.after(Duration.ofMinutes(1))).isClean());
        assertEquals(1, task.get());
        assertTrue(pool.isTerminated());
    }

    @Test
    void close_waits_for_what_was_accepted_but_not_for_ever() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().timeSource(time));
        pool.execute(waiting());
        FutureTask<Void> closing = new FutureTask<>(pool::close, null);
        Thread.ofVirtual().start(closing);
        time.awaitWaiters(1);
        assertFalse(closing.isDone());
        time.advance(Duration.ofMinutes(1));
        closing.get();
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS), "the task was interrupted");
    }

    @Test
    void an_interrupted_close_stops_at_once_and_keeps_the_status() throws Exception {
        WorkerPool pool = pool(one());
        pool.execute(waiting());
        Thread.currentThread().interrupt();
        pool.close();
        assertTrue(Thread.interrupted());
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
    }

    @Test
    void a_failing_task_goes_to_the_handler_and_the_worker_lives_on() throws Exception {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        WorkerPool pool = pool(one().failureHandler((task, failure) -> {
            failures.add(failure);
            throw new IllegalStateException("expected by this test");
        }));
        Error error = new StackOverflowError();
        pool.execute(() -> {
            throw error;
        });
        AtomicReference<Thread> worker = new AtomicReference<>();
        pool.submit(() -> worker.set(Thread.currentThread())).get();
        assertSame(error, failures.peek());
        assertEquals("test-1", worker.get().getName());
        assertEquals(1, pool.metrics().failed());
    }

    @Test
    void the_interrupt_status_of_one_task_does_not_reach_the_next() throws Exception {
        WorkerPool pool = pool(one());
        pool.execute(() -> Thread.currentThread().interrupt());
        assertFalse(pool.submit(() -> Thread.currentThread().isInterrupted()).get());
        Future<?> cancelled = pool.submit(waiting());
        await().until(() -> pool.metrics().active() == 1);
        cancelled.cancel(true);
        assertFalse(pool.submit(() -> Thread.currentThread().isInterrupted()).get());
    }

    @Test
    void a_thread_that_cannot_be_started_rejects_the_task_and_leaks_nothing() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        WorkerPool pool = pool(one().threadFactory(task -> switch (calls.incrementAndGet()) {
            case 1 -> null;
            case 2 -> throw new IllegalStateException("no thread");
            default -> new Thread(task);
        }));
        assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
        assertEquals(
                "no thread",
                assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}))
                        .getCause()
                        .getMessage());
        assertEquals(3, pool.submit(() -> 3).get());
        assertEquals(2, pool.metrics().rejected());
    }

    @Test
    void a_thread_that_cannot_be_started_leaves_the_task_to_another_worker() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        WorkerPool pool = pool(WorkerPool.builder("test")
                .maxWorkers(2)
                .threadFactory(task -> calls.incrementAndGet() == 2 ? null : new Thread(task)));
        pool.execute(waiting());
        Future<Integer> second = pool.submit(() -> 2);
        gate.countDown();
        assertEquals(2, second.get());
    }

    @Test
    void a_thread_that_cannot_be_started_cancels_what_was_queued_behind_it() throws Exception {
        AtomicReference<Future<Integer>> second = new AtomicReference<>();
        AtomicReference<WorkerPool> self = new AtomicReference<>();
        self.set(pool(one().threadFactory(task -> {
            second.set(self.get().submit(() -> 2)); // is queued, for there is a worker, it seems
            return null;
        })));
        assertThrows(RejectedExecutionException.class, () -> self.get().execute(() -> {}));
        assertThrows(CancellationException.class, () -> second.get().get(60, TimeUnit.SECONDS));
        assertEquals(1, self.get().metrics().abandoned());
        assertEquals(1, self.get().metrics().rejected());
    }

    @Test
    void a_factory_that_starts_the_thread_itself_does_no_harm() throws Exception {
        WorkerPool pool = pool(one().threadFactory(task -> Thread.ofPlatform().start(task)));
        for (int i = 0; i < 20; i++) {
            AtomicInteger ran = new AtomicInteger();
            boolean rejected = false;
            try {
                pool.execute(ran::incrementAndGet);
            } catch (RejectedExecutionException expected) {
                rejected = true;
            }
            if (!rejected) {
                await().until(() -> ran.get() == 1);
            }
            pool.shutdown();
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
            assertEquals(rejected ? 0 : 1, ran.get());
            pool = pool(one().threadFactory(task -> Thread.ofPlatform().start(task)));
        }
    }

    @Test
    void a_handler_that_throws_the_tasks_own_failure_does_not_kill_the_worker() throws Exception {
        WorkerPool pool = pool(one().failureHandler((task, failure) -> {
            throw (IllegalStateException) failure;
        }));
        pool.execute(() -> {
            throw new IllegalStateException("expected by this test");
        });
        assertEquals(1, pool.submit(() -> 1).get(60, TimeUnit.SECONDS));
    }

    @Test
    void a_future_that_cannot_be_cancelled_does_not_strand_the_others() throws Exception {
        WorkerPool pool = pool(one());
        pool.execute(waiting());
        pool.execute(new FutureTask<>(() -> 1) {
            @Override
            protected void done() {
                throw new IllegalStateException("expected by this test");
            }
        });
        Future<Integer> second = pool.submit(() -> 2);
        pool.shutdownNow();
        assertThrows(CancellationException.class, () -> second.get(60, TimeUnit.SECONDS));
    }

    @Test
    void the_rest_of_the_executor_contract() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2));
        List<Callable<Integer>> tasks = List.of(() -> 1, () -> 2, () -> 3);
        assertEquals(
                List.of(1, 2, 3),
                pool.invokeAll(tasks).stream().map(Future::resultNow).toList());
        assertTrue(pool.invokeAny(tasks) > 0);
        assertThrows(
                TimeoutException.class,
                () -> pool.invokeAny(
                        List.of(() -> {
                            gate.await();
                            return 1;
                        }),
                        1,
                        TimeUnit.MILLISECONDS));
        assertThrows(NullPointerException.class, () -> pool.execute(null));
        assertThrows(NullPointerException.class, () -> pool.submit((Runnable) null));
        assertFalse(pool.isShutdown());
        pool.shutdown();
        pool.shutdown();
        assertTrue(pool.isShutdown());
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
        assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> 1));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> pool.awaitTermination(1, TimeUnit.SECONDS));
    }

    @Test
    void bad_numbers_are_named_with_their_value() {
        WorkerPoolBuilder builder = WorkerPool.builder("test");
        assertEquals(
                "maxWorkers must be at least 1, but is 0",
                assertThrows(IllegalArgumentException.class, () -> builder.maxWorkers(0))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> builder.minWorkers(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.queueCapacity(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.keepAlive(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> Saturation.block(Duration.ZERO));
        assertThrows(
                IllegalArgumentException.class,
                () -> builder.minWorkers(3).maxWorkers(2).build());
        assertThrows(NullPointerException.class, () -> WorkerPool.builder(null));
    }

    @Test
    void every_task_has_exactly_one_end_whatever_happens() throws Exception {
        long seed = System.nanoTime();
        System.out.println("every_task_has_exactly_one_end seed " + seed);
        Random seeds = new Random(seed);
        Saturation[] policies = {
            Saturation.block(),
            Saturation.block(Duration.ofNanos(50_000)),
            Saturation.callerRuns(),
            Saturation.reject(),
            Saturation.discardOldest()
        };
        for (int round = 0; round < 60; round++) {
            WorkerPool pool = pool(WorkerPool.builder("soak")
                    .maxWorkers(1 + seeds.nextInt(3))
                    .queueCapacity(seeds.nextInt(4))
                    .keepAlive(Duration.ofNanos(200_000))
                    .failureHandler((task, failure) -> {})
                    .saturation(policies[round % policies.length]));
            AtomicInteger ran = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            List<Thread> submitters = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(seeds.nextLong());
                submitters.add(Thread.ofPlatform().start(() -> {
                    for (int n = 0; n < 100; n++) {
                        try {
                            boolean fails = random.nextInt(5) == 0;
                            pool.execute(() -> {
                                ran.incrementAndGet();
                                if (fails) {
                                    throw new IllegalStateException();
                                }
                            });
                        } catch (RejectedExecutionException rejected) {
                            refused.incrementAndGet();
                            Thread.interrupted();
                        }
                    }
                }));
            }
            boolean early = seeds.nextBoolean();
            while (submitters.stream().anyMatch(Thread::isAlive)) {
                submitters.get(seeds.nextInt(4)).interrupt();
                if (early && seeds.nextInt(20) == 0) {
                    pool.shutdownNow();
                }
                Thread.yield();
            }
            pool.shutdown();
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
            PoolMetrics end = pool.metrics();
            String what = end + ", round " + round + ", seed " + seed;
            assertEquals(400, end.submitted(), what);
            assertEquals(ran.get(), end.completed(), what);
            assertEquals(refused.get(), end.rejected(), what);
            assertEquals(400, end.completed() + end.rejected() + end.discarded() + end.abandoned(), what);
            assertEquals(0, end.queued() + end.active() + end.workers(), what);
        }
    }
}
