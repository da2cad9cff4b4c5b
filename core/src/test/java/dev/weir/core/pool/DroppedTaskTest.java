package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.time.ManualTimeSource;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The owner of a task hears of every end of it, and nothing that is over stays reachable.
 *
 * <p>OpenLiberty/open-liberty#6093, apache/geode#3821, elastic/elasticsearch#104580, helidon-io/helidon#556: who waits
 * for a task that the pool has dropped waits for ever.
 */
@Timeout(60)
class DroppedTaskTest extends PoolFixture {
    private static final ContextCarrier SOMETHING = () -> () -> () -> {};

    static Stream<WorkerPoolBuilder> wrapping() {
        return Stream.of(
                one(),
                one().context(ContextCarrier.mdc(), SOMETHING),
                one().decorator(task -> task),
                one().runTimeout(Duration.ofHours(1)),
                one().queueTimeout(Duration.ofHours(1)),
                one().submitterStacks(true),
                one().priorities(Duration.ofSeconds(1)),
                one().virtualWorkers());
    }

    private void drops(WorkerPoolBuilder builder, Consumer<WorkerPool> drop) {
        WorkerPool pool = pool(builder.failureHandler((task, failure) -> {}));
        occupy(pool);
        FutureTask<String> executed = new FutureTask<>(() -> "ran");
        pool.execute(executed);
        drop.accept(pool);
        assertThrows(CancellationException.class, () -> executed.get(30, TimeUnit.SECONDS));
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void an_executed_future_is_cancelled_by_a_stop_however_it_is_wrapped(WorkerPoolBuilder builder) {
        drops(builder, WorkerPool::shutdownNow);
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void an_executed_future_is_cancelled_when_it_is_discarded(WorkerPoolBuilder builder) {
        drops(builder.queueCapacity(1).saturation(Saturation.discardOldest()), pool -> pool.execute(() -> {}));
    }

    /** The soak run: a pool had ended, and a future that was in its queue for too long had not been cancelled yet. */
    @Test
    void a_pool_ends_after_the_futures_whose_time_in_its_queue_was_up() throws Exception {
        ManualTimeSource clock = new ManualTimeSource();
        WorkerPool pool =
                pool(one().timeSource(clock).queueTimeout(Duration.ofSeconds(1)).failureHandler((task, failure) -> {}));
        occupy(pool);
        CountDownLatch cancelled = new CountDownLatch(1);
        CountDownLatch known = new CountDownLatch(1);
        pool.execute(new FutureTask<>(() -> "ran") {
            @Override
            protected void done() {
                cancelled.countDown();
                join(known);
            }
        });
        clock.advance(Duration.ofSeconds(1));
        join(cancelled);
        pool.shutdown();
        gate.countDown();
        await().until(() -> pool.metrics().workers() == 0);
        assertFalse(pool.isTerminated());
        known.countDown();
        assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
    }

    @Test
    void a_pool_ends_after_what_depends_on_a_task_that_ran_for_too_long() throws Exception {
        ManualTimeSource clock = new ManualTimeSource();
        WorkerPool pool = pool(one().timeSource(clock).runTimeout(Duration.ofSeconds(1)));
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<String> completing = new AtomicReference<>();
        CountDownLatch dependent = new CountDownLatch(1);
        CountDownLatch known = new CountDownLatch(1);
        CompletableFuture<Boolean> refused = pool.runAsync(() -> {
                    begun.countDown();
                    new CountDownLatch(1).await();
                })
                .handle((nothing, timeout) -> {
                    completing.set(Thread.currentThread().getName());
                    dependent.countDown();
                    join(known);
                    assertThrows(IllegalStateException.class, pool::close, "would wait for itself");
                    return true;
                });
        join(begun);
        clock.advance(Duration.ofSeconds(1));
        join(dependent);
        pool.shutdown();
        int busy = completing.get().equals("test-1") ? 1 : 0; // the worker, if it got on before the timer's thread did
        await().until(() -> pool.metrics().workers() == busy);
        assertFalse(pool.isTerminated());
        known.countDown();
        assertTrue(pool.awaitTermination(30, TimeUnit.SECONDS));
        assertTrue(refused.join());
    }

    /** A listener is no task, and may wait for the end, though something that the end waits for comes after it. */
    @Test
    void a_listener_may_close_the_pool_while_a_task_runs_out_of_time() throws Exception {
        ManualTimeSource clock = new ManualTimeSource();
        CountDownLatch closed = new CountDownLatch(1);
        WorkerPool pool = pool(one().timeSource(clock)
                .queueTimeout(Duration.ofSeconds(3))
                .stallThreshold(Duration.ofSeconds(1))
                .failureHandler((task, failure) -> {})
                .listener(new WorkerPoolListener() {
                    @Override
                    public void onStalled(WorkerPool pool, Duration threshold, List<Thread> workers) {
                        pool.shutdown();
                        await().until(pool::isTerminated);
                        closed.countDown();
                    }
                }));
        AtomicReference<Thread> worker = new AtomicReference<>();
        pool.execute(() -> {
            worker.set(Thread.currentThread());
            waiting().run();
        });
        await().until(() -> worker.get() != null && worker.get().getState() == Thread.State.WAITING);
        FutureTask<String> late = new FutureTask<>(() -> "ran");
        pool.execute(late);
        clock.advance(Duration.ofSeconds(2));
        await().until(pool::isShutdown);
        clock.advance(Duration.ofSeconds(1));
        gate.countDown();
        join(closed);
        assertTrue(late.isCancelled());
    }

    @Test
    void an_executed_future_is_cancelled_when_its_time_in_the_queue_is_up() {
        ManualTimeSource time = new ManualTimeSource();
        Duration second = Duration.ofSeconds(1);
        drops(one().timeSource(time).queueTimeout(second), pool -> time.advance(second));
    }

    @Test
    void an_executed_future_is_cancelled_when_a_carrier_or_a_decorator_keeps_it_from_running() {
        for (WorkerPoolBuilder builder :
                List.of(one().decorator(task -> () -> {}), one().context(ContextCarrier.mdc(), () -> () -> {
                    throw new IllegalStateException("expected by this test");
                }))) {
            WorkerPool pool = pool(builder.failureHandler((task, failure) -> {}));
            FutureTask<String> executed = new FutureTask<>(() -> "ran");
            pool.execute(executed);
            assertThrows(CancellationException.class, () -> executed.get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void a_rejected_future_is_its_submitters_who_may_try_again() throws Exception {
        WorkerPool full = pool(
                one().context(ContextCarrier.mdc(), SOMETHING).queueCapacity(0).saturation(Saturation.reject()));
        occupy(full);
        FutureTask<String> executed = new FutureTask<>(() -> "ran");
        assertThrows(RejectedExecutionException.class, () -> full.execute(executed));
        pool(one()).execute(executed);
        assertEquals("ran", executed.get(30, TimeUnit.SECONDS));
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_completion_service_gives_out_the_cancelled_task(WorkerPoolBuilder builder) throws Exception {
        WorkerPool pool = pool(builder);
        occupy(pool);
        ExecutorCompletionService<String> service = new ExecutorCompletionService<>(pool);
        Future<String> future = service.submit(() -> "ran");
        pool.shutdownNow();
        assertNotNull(service.poll(30, TimeUnit.SECONDS));
        assertThrows(CancellationException.class, () -> future.get(30, TimeUnit.SECONDS));
    }

    // spring-projects/spring-framework#22607
    @Test
    void a_task_of_a_completion_service_is_decorated_once() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        WorkerPool pool = pool(one().decorator(task -> () -> {
            runs.incrementAndGet();
            task.run();
        }));
        ExecutorCompletionService<String> service = new ExecutorCompletionService<>(pool);
        service.submit(() -> "value");
        assertEquals("value", service.take().get());
        pool.submit(() -> {}).get();
        assertEquals(2, runs.get());
    }

    // ---- memory: failsafe-lib/failsafe#361, jboss/jboss-threads#139

    private static boolean isCollected(WeakReference<?> reference) {
        await().until(() -> {
            System.gc();
            return reference.get() == null;
        });
        return true;
    }

    private static Future<Integer> submit(WorkerPool pool, byte[] captured) {
        return pool.submit(() -> captured.length);
    }

    private static CompletableFuture<Integer> supply(WorkerPool pool, byte[] captured) {
        return pool.supplyAsync(() -> captured.length);
    }

    @Test
    void a_completed_future_keeps_nothing_but_its_result() throws Exception {
        WorkerPool pool = pool(one());
        byte[] captured = new byte[1 << 16];
        WeakReference<byte[]> reference = new WeakReference<>(captured);
        Future<Integer> submitted = submit(pool, captured);
        CompletableFuture<Integer> supplied = supply(pool, captured);
        submitted.get();
        supplied.get();
        captured = null;
        assertTrue(isCollected(reference));
        Reference.reachabilityFence(submitted);
        Reference.reachabilityFence(supplied);
    }

    @Test
    void a_task_that_is_cancelled_in_the_queue_is_collected_before_its_turn() {
        WorkerPool pool = pool(one());
        occupy(pool);
        byte[] captured = new byte[1 << 16];
        WeakReference<byte[]> reference = new WeakReference<>(captured);
        submit(pool, captured).cancel(true);
        supply(pool, captured).cancel(true);
        captured = null;
        assertTrue(isCollected(reference));
    }

    private static WeakReference<WorkerPool> ended(WorkerPoolBuilder watched, ManualTimeSource time) throws Exception {
        WorkerPool pool = watched.maxWorkers(1).timeSource(time).build();
        CountDownLatch gate = new CountDownLatch(1);
        pool.execute(() -> join(gate));
        pool.execute(() -> {}); // waits, and so the pool is watched
        await().until(() -> time.waiters() > 0);
        pool.shutdown();
        gate.countDown();
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
        return new WeakReference<>(pool);
    }

    /** 160,000 ended pools were found in a JVM, each kept for ten seconds by the timer of its watch. */
    @Test
    void an_ended_pool_is_collected_before_the_next_look_of_its_watches() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Duration hour = Duration.ofHours(1);
        assertTrue(isCollected(ended(WorkerPool.builder("stalls").stallThreshold(hour), time)));
        WorkerPoolBuilder slow = WorkerPool.builder("slow")
                .stallThreshold(ChronoUnit.FOREVER.getDuration())
                .slowTaskThreshold(hour);
        assertTrue(isCollected(ended(slow, time)));
        time.advance(hour); // what is left of the timers does nothing
    }

    // ---- cost

    @Test
    void cancels_on_a_full_pool_move_the_queue_only_now_and_then() {
        int capacity = 2_000;
        PoolEngine engine = new PoolEngine(
                one().queueCapacity(capacity).saturation(Saturation.reject()).settings(), PoolEvents.NONE);
        CountDownLatch begun = new CountDownLatch(1);
        engine.execute(() -> {
            begun.countDown();
            join(gate);
        });
        join(begun);
        PoolTask<?>[] waiting = new PoolTask<?>[capacity];
        for (int i = 0; i < capacity; i++) {
            waiting[i] = engine.tasks.future(() -> 1, "task", TaskOptions.none());
            engine.accept(waiting[i]);
        }
        int moves = 0;
        TaskQueue queue = engine.backlog.position().queue();
        for (int i = 0; i < capacity; i++) {
            waiting[i].cancel(false);
            engine.accept(engine.tasks.future(() -> 1, "task", TaskOptions.none()));
            TaskQueue now = engine.backlog.position().queue();
            moves += now == queue ? 0 : 1;
            queue = now;
            assertThrows(RejectedExecutionException.class, () -> engine.execute(() -> {}));
        }
        assertTrue(moves <= 6, moves + " moves");
        engine.control.stop();
        gate.countDown();
    }

    @Test
    void the_end_of_a_future_is_counted_before_it_is_known() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2));
        for (int i = 1; i <= 500; i++) {
            pool.submit(() -> 1).get();
            assertEquals(i, pool.metrics().completed());
        }
    }

    @Test
    void a_dropped_task_leaves_no_value() {
        WorkerPool pool = pool(one());
        occupy(pool);
        CompletableFuture<Integer> supplied = pool.supplyAsync(() -> 1);
        assertEquals(0, supplied.getNumberOfDependents());
        pool.shutdownNow();
        assertTrue(supplied.isCancelled());
        assertNull(supplied.exceptionally(failure -> null).join());
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
}
