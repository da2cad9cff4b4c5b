package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.assertStagesBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static dev.weir.pipeline.Flows.stage;
import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.Deadline;
import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What holds when a pipeline ends while its user's code is in the way of that. */
@Timeout(60)
class PipelineEndTest {
    /** A function and a sink that counts how often it was closed, and in which state its thread was then. */
    private static class Closing
            implements ThrowingFunction<Integer, Integer, IOException>,
                    ThrowingConsumer<Integer, IOException>,
                    AutoCloseable {
        final AtomicInteger closed = new AtomicInteger();
        final AtomicInteger closedInterrupted = new AtomicInteger();

        @Override
        public Integer apply(Integer element) {
            return element;
        }

        @Override
        public void accept(Integer element) {}

        @Override
        public void close() throws IOException {
            closed.incrementAndGet();
            if (Thread.currentThread().isInterrupted()) {
                closedInterrupted.incrementAndGet();
            }
        }
    }

    private static class Untold {
        @Override
        public String toString() {
            throw new IllegalStateException("no name");
        }
    }

    @Test
    void the_last_call_of_a_listener_is_over_before_the_end_is_reported() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Channel<Integer> source = Channel.bounded(1);
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        RunningPipeline pipeline = Pipeline.from(source)
                .timeSource(time)
                .to("sink", i -> {})
                .onProgress(Duration.ofSeconds(1), stages -> {
                    calls.incrementAndGet();
                    called.countDown();
                    try {
                        gate.await();
                    } catch (InterruptedException unexpected) {
                        throw new IllegalStateException(unexpected);
                    }
                })
                .start();
        time.awaitWaiters(1);
        Thread ticking = Thread.ofVirtual().start(() -> time.advance(Duration.ofSeconds(1)));
        called.await();
        source.close();
        Call<Void> waiting = Call.thatWaits(() -> {
            pipeline.awaitCompletion();
            return null;
        });
        Thread.sleep(50); // would end by now if it did not wait for the listener
        assertTrue(waiting.thread().isAlive(), "the end is reported while the listener is still called");
        gate.countDown();
        waiting.result();
        assertEquals(2, calls.get());
        ticking.join();
    }

    @Test
    void an_abort_reaches_a_flat_map_that_begins_to_wait_for_its_results_after_it() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        AtomicReference<RunningPipeline> running = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        RunningPipeline pipeline = Pipeline.from(numbers(1))
                .flatMap("waits", i -> {
                    known.await();
                    running.get().abort(); // this interrupts us, and we compute on
                    reached.countDown();
                    return () -> new Iterator<Integer>() {
                        @Override
                        public boolean hasNext() {
                            try {
                                new CountDownLatch(1).await();
                                return false;
                            } catch (InterruptedException stopped) {
                                throw new CancellationException();
                            }
                        }

                        @Override
                        public Integer next() {
                            throw new AssertionError();
                        }
                    };
                })
                .to("sink", i -> {})
                .start();
        running.set(pipeline);
        known.countDown();
        reached.await();
        assertThrows(CancellationException.class, pipeline::awaitCompletion);
        assertBalanced(pipeline, "");
    }

    @Test
    void an_interrupt_that_any_function_leaves_behind_does_no_harm() throws Exception {
        List<Integer> out = new ArrayList<>();
        List<Integer> told = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(100))
                .acknowledging(element -> {
                    told.add(element);
                    Thread.currentThread().interrupt();
                })
                .mapParallelByKey(
                        "keyed",
                        1,
                        i -> {
                            Thread.currentThread().interrupt();
                            return i;
                        },
                        i -> {
                            assertFalse(Thread.currentThread().isInterrupted());
                            return i;
                        })
                .buffer(1)
                .map("odd", i -> {
                    assertFalse(Thread.currentThread().isInterrupted());
                    if (i % 2 == 0) {
                        throw new IOException("expected");
                    }
                    return i;
                })
                .onError(
                        ErrorPolicy.deadLetter(failure -> Thread.currentThread().interrupt()))
                .buffer(1)
                .flatMap("flat", i -> {
                    Iterator<Integer> one = List.of(i).iterator();
                    return () -> new Iterator<Integer>() {
                        @Override
                        public boolean hasNext() {
                            Thread.currentThread().interrupt();
                            return one.hasNext();
                        }

                        @Override
                        public Integer next() {
                            return one.next();
                        }
                    };
                })
                .buffer(1)
                .to("sink", i -> {
                    assertFalse(Thread.currentThread().isInterrupted());
                    out.add(i);
                })
                .start();
        pipeline.awaitCompletion();
        assertEquals(numbers(100).stream().filter(i -> i % 2 == 1).toList(), out);
        assertEquals(99, told.getLast());
        assertBalanced(pipeline, "");
    }

    @Test
    void an_interrupt_that_a_dead_letter_handler_leaves_behind_does_not_reach_what_waited_in_order() throws Exception {
        CountDownLatch sinkGate = new CountDownLatch(1);
        CountDownLatch failGate = new CountDownLatch(1);
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(4))
                .mapParallelOrdered("ordered", 2, i -> {
                    if (i == 2) {
                        failGate.await();
                        throw new IOException("expected");
                    }
                    return i;
                })
                .onError(
                        ErrorPolicy.deadLetter(failure -> Thread.currentThread().interrupt()))
                .to("sink", i -> {
                    sinkGate.await();
                    out.add(i);
                })
                .buffer(1)
                .start();
        // The sink has 0 in hand and 1 before it; 3 is done, and for the worker that fails on 2 to pass on.
        await().until(() -> stage(pipeline, "ordered").in() == 4
                && stage(pipeline, "ordered").out() == 2);
        await().until(() -> pipeline.metrics().get(1).queued() == 0
                && stage(pipeline, "sink").queued() == 1);
        Duration before = stage(pipeline, "ordered").blocked();
        failGate.countDown();
        await().until(() -> stage(pipeline, "ordered").blocked().compareTo(before) > 0);
        sinkGate.countDown();
        pipeline.awaitCompletion();
        assertEquals(List.of(0, 1, 3), out);
        assertBalanced(pipeline, "");
    }

    @Test
    void what_serves_in_several_stages_is_closed_once() throws Exception {
        Closing shared = new Closing();
        RunningPipeline pipeline = Pipeline.from(numbers(9))
                .map("before", shared)
                .balance()
                .through(3, branch -> branch.map("branch", shared))
                .to("sink", shared)
                .start();
        pipeline.awaitCompletion();
        assertEquals(1, shared.closed.get());
    }

    @Test
    void a_function_for_keys_is_closed_too() throws Exception {
        Closing keys = new Closing();
        Closing parting = new Closing();
        Pipeline.from(numbers(9))
                .mapParallelByKey("keyed", 2, keys, i -> i)
                .partitionBy(parting)
                .into(branch -> branch.to("one", i -> {}), branch -> branch.to("two", i -> {}))
                .start()
                .awaitCompletion();
        assertEquals(1, keys.closed.get());
        assertEquals(1, parting.closed.get());
    }

    @Test
    void what_is_closed_after_an_abort_or_another_close_that_fails_is_not_interrupted() throws Exception {
        Closing first = new Closing() {
            @Override
            public void close() throws IOException {
                super.close();
                throw new IOException("expected");
            }
        };
        Closing second = new Closing();
        RunningPipeline pipeline = Pipeline.from(numbers(9))
                .map("first", first)
                .to("second", second)
                .start();
        assertEquals(
                "first",
                assertThrows(PipelineException.class, pipeline::awaitCompletion).stage());
        assertEquals(1, second.closed.get());
        assertEquals(0, second.closedInterrupted.get());

        Closing aborted = new Closing() {
            @Override
            public Integer apply(Integer element) {
                while (!Thread.currentThread().isInterrupted()) {
                    Thread.yield();
                }
                return element;
            }
        };
        Flows.abort(Pipeline.from(numbers(1))
                .map("aborted", aborted)
                .to("sink", aborted)
                .start());
        assertEquals(1, aborted.closed.get());
        assertEquals(0, aborted.closedInterrupted.get());
    }

    @Test
    void a_failure_is_reported_even_if_the_description_of_its_element_throws() {
        assertFailureIsReported(new Untold());
    }

    @Test
    void a_failure_is_reported_even_if_its_element_has_no_description() {
        assertFailureIsReported(new Object() {
            @Override
            public String toString() {
                return null;
            }
        });
    }

    private static void assertFailureIsReported(Object element) {
        IOException cause = new IOException("expected");
        RunningPipeline pipeline = Pipeline.from(List.of(element))
                .to("sink", i -> {
                    throw cause;
                })
                .start();
        PipelineException failure = assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertSame(cause, failure.getCause());
        assertSame(element, failure.element());
    }

    @Test
    void a_source_that_wraps_the_interrupt_of_a_drain_ends_the_pipeline_well() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        RunningPipeline pipeline = Pipeline.<Integer>from(() -> new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        waits.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException stopped) {
                            throw new IllegalStateException("wrapped", stopped);
                        }
                        return false;
                    }

                    @Override
                    public Integer next() {
                        throw new AssertionError();
                    }
                })
                .to("sink", i -> {})
                .start();
        waits.await();
        assertTrue(pipeline.drain(Deadline.never()));
        pipeline.awaitCompletion();
    }

    @Test
    void a_roll_back_that_throws_the_same_again_does_not_hide_it() {
        IOException cause = new IOException("expected");
        RunningPipeline pipeline = Pipeline.from(numbers(1))
                .toTransactional("sink", new TransactionalSink<Integer>() {
                    @Override
                    public void begin() {}

                    @Override
                    public void write(Integer element) throws IOException {
                        throw cause;
                    }

                    @Override
                    public void commit() {}

                    @Override
                    public void rollback() throws IOException {
                        throw cause;
                    }
                })
                .start();
        assertSame(
                cause,
                assertThrows(PipelineException.class, pipeline::awaitCompletion).getCause());
    }

    @Test
    void lists_hold_the_elements_of_merged_sources_of_which_only_one_is_acknowledged() throws Exception {
        List<Object> out = new ArrayList<>();
        List<Integer> told = new ArrayList<>();
        Channel<Integer> silent = Channel.bounded(10);
        Channel<Integer> acknowledged = Channel.bounded(10);
        ManualTimeSource time = new ManualTimeSource();
        RunningPipeline pipeline = Pipeline.merge(
                        Pipeline.from(silent).timeSource(time),
                        Pipeline.from(acknowledged).acknowledging(told::add))
                .batch(2, Duration.ofSeconds(1))
                .to("sink", out::addAll)
                .start();
        silent.send(1);
        while (Flows.stage(pipeline, "batch").in() == 0) {
            Thread.yield();
        }
        acknowledged.send(2);
        silent.close();
        acknowledged.close();
        pipeline.awaitCompletion();
        assertEquals(List.of(1, 2), out);
        assertEquals(List.of(2), told);
        assertStagesBalanced(pipeline, "");
    }

    @Test
    void an_endless_stall_time_is_never_over() throws Exception {
        Pipeline.from(numbers(1))
                .to("sink", i -> {})
                .onStall(Duration.ofSeconds(Long.MAX_VALUE), stage -> {})
                .onProgress(Duration.ofSeconds(Long.MAX_VALUE), stages -> {})
                .start()
                .awaitCompletion();
    }
}
