package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

/**
 * Calls of a full pool keep their time, and what runs in a caller leaves nothing there; limits reach only their task.
 */
@Timeout(60)
class FullPoolTest extends PoolFixture {
    private List<Callable<Integer>> three() {
        return Collections.nCopies(3, () -> {
            gate.await();
            return 1;
        });
    }

    private WorkerPool roomForTwo() {
        return pool(one().queueCapacity(1));
    }

    @Test
    void a_timed_invokeAll_ends_in_time_though_its_caller_waits_for_room() throws Exception {
        List<Future<Integer>> futures = roomForTwo().invokeAll(three(), 20, TimeUnit.MILLISECONDS);
        assertEquals(3, futures.stream().filter(Future::isCancelled).count());
    }

    @Test
    void a_timed_invokeAny_ends_in_time_though_its_caller_waits_for_room() {
        WorkerPool pool = roomForTwo();
        assertThrows(TimeoutException.class, () -> pool.invokeAny(three(), 20, TimeUnit.MILLISECONDS));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void an_interrupt_of_a_call_that_waits_for_room_is_an_InterruptedException(int which) throws Exception {
        WorkerPool pool = roomForTwo();
        AtomicReference<Thread> caller = new AtomicReference<>();
        FutureTask<Boolean> call = start(() -> {
            caller.set(Thread.currentThread());
            assertThrows(InterruptedException.class, () -> {
                switch (which) {
                    case 0 -> pool.invokeAll(three());
                    case 1 -> pool.invokeAll(three(), 1, TimeUnit.HOURS);
                    case 2 -> pool.invokeAny(three());
                    default -> pool.invokeAny(three(), 1, TimeUnit.HOURS);
                }
            });
            return Thread.currentThread().isInterrupted();
        });
        await().until(() -> pool.metrics().blockedSubmitters() == 1);
        caller.get().interrupt();
        assertFalse(call.get(60, TimeUnit.SECONDS));
    }

    // elastic/elasticsearch#145203
    @Test
    void room_that_a_listener_makes_is_used() throws Exception {
        for (Saturation policy :
                List.of(Saturation.reject(), Saturation.discardOldest(), Saturation.callerRuns(), Saturation.block())) {
            WorkerPool pool = pool(one().queueCapacity(1).saturation(policy).listener(new WorkerPoolListener() {
                @Override
                public void onSaturated(WorkerPool full) {
                    full.resizeQueue(100);
                }
            }));
            CountDownLatch busy = new CountDownLatch(1);
            pool.execute(() -> join(busy));
            Future<Thread> second = pool.submit(Thread::currentThread);
            Future<Thread> third = pool.submit(Thread::currentThread);
            busy.countDown();
            assertEquals(second.get(), third.get());
        }
    }

    @Test
    void no_caller_begins_a_task_in_a_pause() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(1).saturation(Saturation.callerRuns()));
        awaitParked(pool);
        pool.pause();
        AtomicInteger begun = new AtomicInteger();
        pool.execute(begun::incrementAndGet);
        FutureTask<Void> caller = startBlocked(pool, () -> pool.execute(begun::incrementAndGet));
        assertEquals(0, begun.get());
        pool.resume();
        caller.get(60, TimeUnit.SECONDS);
        await().until(() -> begun.get() == 2);
    }

    // ---- context: temporalio/sdk-java#2314, micrometer-metrics/context-propagation#56

    @Test
    void a_task_leaves_no_context_to_the_next_one_or_to_its_caller() throws Exception {
        WorkerPool pool = pool(one());
        pool.execute(() -> MDC.put("user", "ada"));
        assertNull(pool.submit(() -> MDC.get("user")).get());
        pool.submit(() -> MDC.put("user", "ada")).get();
        AtomicReference<String> seen = new AtomicReference<>("nothing yet");
        pool.execute(() -> seen.set(MDC.get("user")));
        await().until(() -> seen.get() == null);

        WorkerPool full = pool(one().queueCapacity(0).saturation(Saturation.callerRuns()));
        occupy(full);
        MDC.put("user", "bob");
        try {
            full.execute(() -> MDC.put("user", "ada"));
            full.submit(() -> MDC.put("user", "ada"));
            assertEquals("bob", MDC.get("user"));
        } finally {
            MDC.clear();
        }
    }

    @Test
    void a_worker_inherits_nothing_from_the_submitter_that_made_the_pool_grow() throws Exception {
        InheritableThreadLocal<String> user = new InheritableThreadLocal<>();
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        ClassLoader application = new ClassLoader(before) {};
        WorkerPool pool = pool(one());
        user.set("ada");
        Thread.currentThread().setContextClassLoader(application);
        try {
            pool.submit(() -> {}).get();
        } finally {
            user.remove();
            Thread.currentThread().setContextClassLoader(before);
        }
        assertNull(pool.submit(user::get).get());
        assertTrue(application
                != pool.submit(() -> Thread.currentThread().getContextClassLoader())
                        .get());
    }

    // ---- limits: pragmaticalabs/pragmatica#750

    private static boolean isUndisturbed(CountDownLatch enough) {
        try {
            return enough.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException disturbed) {
            return false;
        }
    }

    @Test
    void the_limit_of_a_task_that_has_ended_in_time_disturbs_nothing_that_follows_it() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch enough = new CountDownLatch(1);
        CountDownLatch follows = new CountDownLatch(2);
        CompletableFuture<Boolean> handled = new CompletableFuture<>();
        WorkerPool pool = pool(WorkerPool.builder("test")
                .maxWorkers(2)
                .timeSource(time)
                .runTimeout(Duration.ofSeconds(1))
                .failureHandler((task, failure) -> {
                    follows.countDown();
                    handled.complete(isUndisturbed(enough));
                }));
        CountDownLatch attached = new CountDownLatch(1);
        CompletableFuture<Boolean> stage = pool.supplyAsync(() -> {
                    join(attached);
                    return 1;
                })
                .thenApply(value -> {
                    follows.countDown();
                    return isUndisturbed(enough);
                });
        attached.countDown();
        pool.execute(() -> {
            throw new IllegalStateException("expected by this test");
        });
        join(follows);
        time.advance(Duration.ofSeconds(2));
        enough.countDown();
        assertTrue(stage.get(60, TimeUnit.SECONDS));
        assertTrue(handled.get(60, TimeUnit.SECONDS));
    }

    @Test
    void what_depends_on_a_task_that_ran_too_long_does_not_run_in_the_timers_thread() throws Exception {
        WorkerPool pool = pool(one().runTimeout(Duration.ofMillis(1)));
        pool.pause(); // until the stage is there
        CompletableFuture<Thread> thread = pool.supplyAsync(() -> {
                    gate.await();
                    return Thread.currentThread();
                })
                .handle((value, failure) -> Thread.currentThread());
        pool.resume();
        String name = thread.get(60, TimeUnit.SECONDS).getName();
        // The worker completes the future itself if it gets on before the timer's thread does.
        assertTrue(List.of("test-aftermath", "test-1").contains(name), name);
    }

    // ---- failures: python/cpython#84787, Cryptomator/cryptomator#2259

    private static int fails() {
        throw new IllegalStateException("expected by this test");
    }

    private interface Dropping {
        void drop(WorkerPool pool, CountDownLatch go) throws Exception;
    }

    private void isHandled(Dropping dropping) throws Exception {
        AtomicInteger handled = new AtomicInteger();
        WorkerPool pool = pool(one().failureHandler((task, failure) -> handled.incrementAndGet()));
        CountDownLatch go = new CountDownLatch(1);
        dropping.drop(pool, go);
        go.countDown();
        await().until(() -> {
            System.gc();
            return handled.get() == 1;
        });
    }

    @Test
    void a_failure_that_a_call_gave_up_waiting_for_is_handled() throws Exception {
        isHandled((pool, go) -> {
            Future<Integer> future = pool.submit(() -> {
                join(go);
                return fails();
            });
            assertThrows(TimeoutException.class, () -> future.get(1, TimeUnit.MILLISECONDS));
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, future::get);
        });
    }

    @Test
    void a_failure_of_stages_that_nobody_asks_is_handled() throws Exception {
        isHandled((pool, go) -> pool.supplyAsync(FullPoolTest::fails).orTimeout(1, TimeUnit.HOURS));
        isHandled((pool, go) -> pool.supplyAsync(FullPoolTest::fails).thenAccept(value -> {}));
    }

    private static final class Request {
        Future<?> job = CompletableFuture.completedFuture(null);
    }

    private static final class RequestFailed extends RuntimeException {
        private static final long serialVersionUID = 1;
        final transient Request request;

        RequestFailed(Request request) {
            super("expected by this test");
            this.request = request;
        }
    }

    @Test
    void a_failure_that_leads_to_its_own_future_is_handled() throws Exception {
        isHandled((pool, go) -> {
            Request request = new Request();
            request.job = pool.submit(() -> {
                join(go);
                throw new RequestFailed(request);
            });
        });
    }

    @Test
    void a_decorator_sees_what_its_task_throws() throws Exception {
        AtomicInteger seen = new AtomicInteger();
        WorkerPool pool = pool(one().failureHandler((task, failure) -> {}).decorator(task -> () -> {
            try {
                task.run();
            } catch (IllegalStateException failure) {
                seen.incrementAndGet();
                throw failure;
            }
        }));
        pool.execute(FullPoolTest::fails);
        assertThrows(
                ExecutionException.class, () -> pool.submit(FullPoolTest::fails).get());
        pool.submit(() -> {}).get();
        assertEquals(2, seen.get());
    }

    @Test
    void a_stage_of_a_failed_task_gets_a_CompletionException_as_the_JDKs_do() throws Exception {
        WorkerPool pool = pool(one());
        CompletableFuture<Integer> failed = pool.supplyAsync(FullPoolTest::fails);
        assertInstanceOf(
                CompletionException.class,
                failed.handle((value, failure) -> failure).get());
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, failed::get).getCause());
        assertTrue(pool.supplyAsync(() -> 1)
                .thenApplyAsync(value -> Thread.currentThread().getName())
                .get()
                .startsWith("test-"));
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
}
