package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Dumps;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.MDC;

/**
 * What a fan-out or a scope has handed to a pool: the pool reports that it will not run it, and the call takes back
 * what it has no use for any more.
 *
 * <p>Public reports: jboss/jboss-threads#139, a task that timed out keeps its place in the queue;
 * OpenLiberty/open-liberty#6093 and helidon-io/helidon#556, a caller that waits for what was dropped.
 */
@Timeout(60)
class HandedTaskTest extends PoolFixture {
    private static final Duration SECOND = Duration.ofSeconds(1);

    static Stream<WorkerPoolBuilder> wrapping() {
        return DroppedTaskTest.wrapping();
    }

    /** Calls with a diagnostic context, as that is a reason for a pool to wrap what it was handed. */
    private static <T> FutureTask<T> startWithMdc(Callable<T> call) {
        return start(() -> {
            MDC.put("request", "17");
            return call.call();
        });
    }

    // ---- places

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_fan_out_whose_time_is_up_leaves_the_queue_of_a_stuck_pool(WorkerPoolBuilder builder) throws Exception {
        WorkerPool pool = pool(builder.queueCapacity(1).saturation(Saturation.reject()));
        occupy(pool);
        for (int i = 0; i < 3; i++) {
            ManualTimeSource time = new ManualTimeSource();
            long before = pool.metrics().submitted();
            FutureTask<CancellationException> call = startWithMdc(() -> assertThrows(
                    CancellationException.class,
                    () -> FanOut.over(List.of(1, 2))
                            .on(pool)
                            .deadline(Deadline.after(SECOND, time))
                            .map(item -> item)));
            await().until(() -> pool.metrics().submitted() > before && time.waiters() > 0);
            time.advance(SECOND);
            assertInstanceOf(TimeoutException.class, call.get().getCause());
        }
        FutureTask<Integer> last = new FutureTask<>(() -> 7);
        pool.execute(last);
        gate.countDown();
        assertEquals(7, last.get());
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_scope_that_is_stopped_leaves_the_queue_of_a_stuck_pool(WorkerPoolBuilder builder) throws Exception {
        WorkerPool pool = pool(builder.queueCapacity(2).saturation(Saturation.reject()));
        occupy(pool);
        for (int i = 0; i < 20; i++) {
            try (TaskScope.JoinAll scope = TaskScope.builder().on(pool).joinAll()) {
                scope.fork(() -> 1);
                scope.fork(() -> 2);
                scope.cancel();
                scope.join();
            }
        }
        FutureTask<Integer> last = new FutureTask<>(() -> 7);
        pool.execute(last);
        gate.countDown();
        assertEquals(7, last.get());
        await().until(() -> pool.metrics().cancelled() == 40);
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void the_place_that_a_scope_gives_back_goes_to_a_submitter_that_waits(WorkerPoolBuilder builder) throws Exception {
        WorkerPool pool = pool(builder.queueCapacity(1));
        occupy(pool);
        try (TaskScope.JoinAll scope = TaskScope.builder().on(pool).joinAll()) {
            scope.fork(() -> 1);
            FutureTask<Void> submitter = startBlocked(pool, () -> pool.execute(() -> {}));
            scope.cancel();
            submitter.get(30, TimeUnit.SECONDS);
            scope.join();
        }
    }

    private static WeakReference<Object> stopped(WorkerPool pool) throws InterruptedException {
        Object captured = new Object();
        try (TaskScope.JoinAll scope = TaskScope.builder().on(pool).joinAll()) {
            scope.fork(captured::hashCode);
            scope.cancel();
            scope.join();
        }
        return new WeakReference<>(captured);
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void what_was_withdrawn_does_not_stay_reachable_through_the_queue(WorkerPoolBuilder builder) throws Exception {
        WorkerPool pool = pool(builder);
        occupy(pool);
        WeakReference<Object> captured = stopped(pool);
        await().until(() -> {
            System.gc();
            return captured.get() == null;
        });
        assertEquals(1, pool.metrics().queued());
    }

    // ---- endings

    private void endsAFanOut(WorkerPoolBuilder builder, Consumer<WorkerPool> drop) throws Exception {
        WorkerPool pool = pool(builder);
        occupy(pool);
        AtomicReference<Thread> caller = new AtomicReference<>();
        FutureTask<CancellationException> call = startWithMdc(() -> {
            caller.set(Thread.currentThread());
            return assertThrows(
                    CancellationException.class,
                    () -> FanOut.over(List.of(1, 2, 3)).on(pool).map(item -> item));
        });
        await().until(() -> pool.metrics().queued() == 1);
        Dumps.awaitBlocker(caller.get(), "FanOut .*"); // else its time in the queue may begin after the advance
        drop.accept(pool);
        assertTrue(call.get(30, TimeUnit.SECONDS).getMessage().contains("dropped"));
    }

    private void endsAScope(WorkerPoolBuilder builder, Consumer<WorkerPool> drop) throws Exception {
        WorkerPool pool = pool(builder);
        occupy(pool);
        CountDownLatch forked = new CountDownLatch(1);
        FutureTask<CancellationException> call = startWithMdc(() -> {
            try (TaskScope<RuntimeException> scope =
                    TaskScope.builder().on(pool).failFast()) {
                scope.fork(() -> "x");
                forked.countDown();
                return assertThrows(CancellationException.class, scope::join);
            }
        });
        join(forked);
        drop.accept(pool);
        call.get(30, TimeUnit.SECONDS);
    }

    private static void displace(WorkerPool pool) {
        pool.execute(() -> {});
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_stop_of_the_pool_ends_a_fan_out(WorkerPoolBuilder builder) throws Exception {
        endsAFanOut(builder, WorkerPool::shutdownNow);
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_stop_of_the_pool_ends_a_scope(WorkerPoolBuilder builder) throws Exception {
        endsAScope(builder, WorkerPool::shutdownNow);
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_discard_ends_a_fan_out(WorkerPoolBuilder builder) throws Exception {
        endsAFanOut(builder.queueCapacity(1).saturation(Saturation.discardOldest()), HandedTaskTest::displace);
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_discard_ends_a_scope(WorkerPoolBuilder builder) throws Exception {
        endsAScope(builder.queueCapacity(1).saturation(Saturation.discardOldest()), HandedTaskTest::displace);
    }

    @ParameterizedTest
    @MethodSource("wrapping")
    void a_queue_timeout_ends_a_fan_out_and_a_scope(WorkerPoolBuilder builder) throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        builder.timeSource(time).queueTimeout(Duration.ofMinutes(1)).failureHandler((task, failure) -> {});
        endsAFanOut(builder, pool -> time.advance(Duration.ofMinutes(1)));
        endsAScope(builder, pool -> time.advance(Duration.ofMinutes(1)));
    }
}
