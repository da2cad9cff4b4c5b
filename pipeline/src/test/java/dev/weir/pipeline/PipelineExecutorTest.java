package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.TaskRejectedException;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** Functions of stages in an executor of the user's. */
@Timeout(60)
class PipelineExecutorTest {
    private final ExecutorService own = Executors.newFixedThreadPool(2, task -> {
        Thread thread = new Thread(task, "own");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Integer> sunk = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void close() {
        own.shutdownNow();
    }

    private static String thread() {
        return Thread.currentThread().getName();
    }

    @Test
    void a_function_runs_in_the_executor_in_the_context_of_the_pipeline() throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        MDC.put("request", "7");
        RunningPipeline running;
        try {
            running = Pipeline.from(numbers(100))
                    .mapParallelOrdered("work", 4, i -> {
                        seen.add(thread() + " " + MDC.get("request"));
                        return i;
                    })
                    .on(own)
                    .to("sink", sunk::add)
                    .start();
        } finally {
            MDC.remove("request");
        }
        running.awaitCompletion();
        assertEquals(Set.of("own 7"), seen);
        assertEquals(numbers(100), sunk);
        assertEquals(null, own.submit(() -> MDC.get("request")).get());
        assertBalanced(running, "");
    }

    /** At most as many calls as the stage has workers are in the executor, whatever it could take. */
    @Test
    void the_stage_bounds_its_calls_and_the_executor_those_of_all() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        RunningPipeline running = Pipeline.from(numbers(200))
                .mapParallel("work", 8, i -> {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    Thread.yield();
                    inside.decrementAndGet();
                    return i;
                })
                .on(own)
                .to("sink", sunk::add)
                .start();
        running.awaitCompletion();
        assertTrue(most.get() <= 2, most + " at once");
        assertEquals(200, sunk.size());
    }

    @Test
    void what_a_function_throws_is_the_cause_and_subject_to_the_policy() throws Exception {
        IOException expected = new IOException("expected");
        RunningPipeline failing = Pipeline.from(numbers(3))
                .map("work", i -> {
                    throw expected;
                })
                .on(own)
                .to("sink", i -> {})
                .start();
        assertEquals(
                expected,
                assertThrows(PipelineException.class, failing::awaitCompletion).getCause());
        RunningPipeline skipping = Pipeline.from(numbers(10))
                .map("work", i -> {
                    if (i % 2 == 0) {
                        throw expected;
                    }
                    return i;
                })
                .on(own)
                .onError(ErrorPolicy.skip())
                .to("sink", sunk::add)
                .start();
        skipping.awaitCompletion();
        assertEquals(List.of(1, 3, 5, 7, 9), sunk);
        assertBalanced(skipping, "");
    }

    @Test
    void an_element_that_the_executor_refuses_fails() throws Exception {
        own.shutdown();
        List<StageFailure> dead = Collections.synchronizedList(new ArrayList<>());
        RunningPipeline running = Pipeline.from(numbers(2))
                .map("work", i -> i)
                .on(own)
                .onError(ErrorPolicy.deadLetter(dead::add))
                .to("sink", sunk::add)
                .start();
        running.awaitCompletion();
        assertEquals(2, dead.size());
        assertInstanceOf(RejectedExecutionException.class, dead.get(0).cause());
        assertBalanced(running, "");
    }

    /** One that waits in the pool's queue when the pool is shut down. */
    @Test
    void an_element_that_the_executor_drops_fails() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        WorkerPool pool =
                WorkerPool.builder("shared").minWorkers(1).maxWorkers(1).build();
        pool.execute(() -> {
            busy.countDown();
            try {
                goOn.await();
            } catch (InterruptedException stopped) {
                // it was to be
            }
        });
        busy.await();
        RunningPipeline running = Pipeline.from(numbers(1))
                .map("work", i -> i)
                .on(pool)
                .to("sink", sunk::add)
                .start();
        Call.until(() -> pool.metrics().queued() == 1);
        pool.shutdownNow();
        PipelineException failure = assertThrows(PipelineException.class, running::awaitCompletion);
        assertInstanceOf(CancellationException.class, failure.getCause());
        assertBalanced(running, "");
    }

    @Test
    void an_abort_interrupts_what_runs_and_takes_back_what_has_not_begun() throws Exception {
        CountDownLatch begun = new CountDownLatch(2);
        AtomicInteger calls = new AtomicInteger();
        RunningPipeline running = Pipeline.from(numbers(10))
                .mapParallel("work", 4, i -> {
                    calls.incrementAndGet();
                    begun.countDown();
                    new CountDownLatch(1).await();
                    return i;
                })
                .on(own)
                .to("sink", sunk::add)
                .start();
        begun.await();
        running.abort();
        assertThrows(CancellationException.class, running::awaitCompletion);
        assertEquals(2, calls.get());
        assertEquals("free", own.submit(() -> "free").get());
        Flows.assertStagesBalanced(running, "");
    }

    @Test
    void a_timeout_includes_the_time_in_the_queue_of_the_executor() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch busy = new CountDownLatch(2);
        CountDownLatch goOn = new CountDownLatch(1);
        for (int i = 0; i < 2; i++) {
            own.execute(() -> {
                busy.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException stopped) {
                    // it was to be
                }
            });
        }
        busy.await();
        AtomicInteger calls = new AtomicInteger();
        RunningPipeline running = Pipeline.from(numbers(1))
                .timeSource(time)
                .map("work", i -> calls.incrementAndGet())
                .on(own)
                .timeout(Duration.ofSeconds(1))
                .to("sink", sunk::add)
                .start();
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(1));
        PipelineException failure = assertThrows(PipelineException.class, running::awaitCompletion);
        assertInstanceOf(TimeoutException.class, failure.getCause());
        goOn.countDown();
        assertEquals("free", own.submit(() -> "free").get());
        assertEquals(0, calls.get());
    }

    @Test
    void a_function_that_would_wait_for_its_own_pipeline_is_refused() {
        CompletableFuture<RunningPipeline> me = new CompletableFuture<>();
        RunningPipeline running = Pipeline.from(numbers(1))
                .map("work", i -> {
                    me.get().awaitCompletion();
                    return i;
                })
                .on(own)
                .to("sink", sunk::add)
                .start();
        me.complete(running);
        PipelineException failure = assertThrows(PipelineException.class, running::awaitCompletion);
        assertInstanceOf(IllegalStateException.class, failure.getCause());
    }

    @Test
    void the_steps_of_a_lazy_result_and_a_transaction_run_there_too() throws Exception {
        Set<String> steps = ConcurrentHashMap.newKeySet();
        Set<String> transactions = ConcurrentHashMap.newKeySet();
        Pipeline.from(numbers(3))
                .flatMap(
                        "flat",
                        i -> () -> new Iterator<Integer>() {
                            private boolean given;

                            @Override
                            public boolean hasNext() {
                                steps.add(thread());
                                return !given;
                            }

                            @Override
                            public Integer next() {
                                given = true;
                                return i;
                            }
                        })
                .on(own)
                .toTransactional("store", new TransactionalSink<Integer>() {
                    @Override
                    public void begin() {
                        transactions.add(thread());
                    }

                    @Override
                    public void write(Integer element) {
                        transactions.add(thread());
                    }

                    @Override
                    public void commit() {
                        transactions.add(thread());
                        sunk.add(1);
                    }

                    @Override
                    public void rollback() {}
                })
                .on(own)
                .start()
                .awaitCompletion();
        assertEquals(Set.of("own"), steps);
        assertEquals(Set.of("own"), transactions);
        assertEquals(3, sunk.size());
    }

    @Test
    void an_executor_is_a_default_of_stages_with_a_function_and_refused_where_there_is_none() throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        Pipeline.from(numbers(4))
                .defaults(all -> all.on(own))
                .map("work", i -> {
                    seen.add(thread());
                    return i;
                })
                .batch(2, Duration.ofSeconds(1))
                .to("sink", batch -> seen.add(thread()))
                .start()
                .awaitCompletion();
        assertEquals(Set.of("own"), seen);
        Pipeline<List<Integer>> batches = Pipeline.from(numbers(4)).batch(2, Duration.ofSeconds(1));
        assertThrows(IllegalStateException.class, () -> batches.on(own));
        assertThrows(
                IllegalStateException.class, () -> Pipeline.from(numbers(4)).on(own));
    }

    @Test
    void a_full_pool_rejects_with_its_reason() {
        CountDownLatch goOn = new CountDownLatch(1);
        try (WorkerPool pool = WorkerPool.builder("shared")
                .minWorkers(1)
                .maxWorkers(1)
                .queueCapacity(0)
                .saturation(Saturation.reject())
                .build()) {
            pool.execute(() -> {
                try {
                    goOn.await();
                } catch (InterruptedException stopped) {
                    // it was to be
                }
            });
            RunningPipeline running = Pipeline.from(numbers(1))
                    .map("work", i -> i)
                    .on(pool)
                    .to("sink", sunk::add)
                    .start();
            PipelineException failure = assertThrows(PipelineException.class, running::awaitCompletion);
            assertInstanceOf(TaskRejectedException.class, failure.getCause());
            goOn.countDown();
        }
    }
}
