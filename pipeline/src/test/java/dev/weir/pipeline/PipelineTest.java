package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.endless;
import static dev.weir.pipeline.Flows.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PipelineTest {
    @Test
    void the_code_of_the_documentation_does_what_it_says() throws Exception {
        List<Integer> store = new ArrayList<>();
        List<StageMetrics> metrics = PipelineSnippets.pipeline(List.of("a", "bb", "ccc"), store);
        Collections.sort(store);
        assertEquals(List.of(16, 17, 18), store);
        assertEquals(
                List.of("source", "fetch", "parse", "batch", "store"),
                metrics.stream().map(StageMetrics::name).toList());

        List<String> words = new ArrayList<>();
        List<Integer> lengths = new ArrayList<>();
        PipelineSnippets.branches(List.of("a", "bb", "ccc"), words, lengths);
        Collections.sort(lengths);
        assertEquals(List.of("a", "bb", "ccc"), words);
        assertEquals(List.of(1, 2, 3), lengths);

        AtomicInteger attempts = new AtomicInteger();
        List<String> found = new ArrayList<>();
        PipelineSnippets.decorate(
                List.of("key"),
                key -> {
                    if (attempts.incrementAndGet() < 3) {
                        throw new IOException("expected");
                    }
                    return "found " + key;
                },
                found);
        assertEquals(List.of("found key"), found);

        PipelineSnippets.Table table = new PipelineSnippets.Table();
        PipelineSnippets.transactional(List.of("a", "b", "c"), table);
        assertEquals(List.of("a", "b", "c"), table.committed);
    }

    @Test
    void a_stage_with_one_worker_keeps_the_order() throws Exception {
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(1_000))
                .map("double", i -> 2 * i)
                .map("half", i -> i / 2)
                .to("sink", out::add)
                .start();
        pipeline.awaitCompletion();
        assertEquals(numbers(1_000), out);
        assertBalanced(pipeline, "");
    }

    @Test
    void a_parallel_stage_works_on_n_elements_at_once_and_loses_none() throws Exception {
        CountDownLatch five = new CountDownLatch(5);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(500))
                .mapParallel("five", 5, i -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    five.countDown();
                    five.await();
                    running.decrementAndGet();
                    return i;
                })
                .to("sink", out::add)
                .start();
        pipeline.awaitCompletion();
        Collections.sort(out);
        assertEquals(numbers(500), out);
        assertEquals(5, most.get());
    }

    @Test
    void a_slow_sink_holds_up_the_source() throws Exception {
        AtomicInteger read = new AtomicInteger();
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch reached = new CountDownLatch(1);
        try (RunningPipeline pipeline = Pipeline.from(endless(read))
                .map("same", i -> i)
                .buffer(3)
                .to("sink", i -> {
                    reached.countDown();
                    gate.await();
                })
                .start()) {
            reached.await();
            assertFalse(pipeline.awaitCompletion(Duration.ofMillis(20)));
            // one in the sink, 16 before it, one in the stage, three before it, one with the reader
            assertTrue(read.get() <= 1 + 16 + 1 + 3 + 1, read + " read");
            pipeline.abort();
        }
    }

    @Test
    void a_failure_names_the_stage_and_the_element_and_joins_the_others() throws Exception {
        IOException cause = new IOException("expected");
        AtomicBoolean interrupted = new AtomicBoolean();
        CountDownLatch busy = new CountDownLatch(1);
        RunningPipeline pipeline = Pipeline.from(endless(new AtomicInteger()))
                .mapParallel("work", 2, i -> {
                    if (i == 0) {
                        busy.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            interrupted.set(true);
                        }
                    }
                    busy.await();
                    if (i == 7) {
                        throw cause;
                    }
                    return i;
                })
                .to("sink", i -> {})
                .start();
        PipelineException thrown = assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertEquals("stage work failed on 7", thrown.getMessage());
        assertEquals("work", thrown.stage());
        assertEquals(7, thrown.element());
        assertSame(cause, thrown.getCause());
        assertTrue(interrupted.get());
        assertBalanced(pipeline, "");
    }

    @Test
    void skip_leaves_the_element_out_and_dead_letters_get_it() throws Exception {
        ConcurrentLinkedQueue<StageFailure> dead = new ConcurrentLinkedQueue<>();
        List<Integer> out = new ArrayList<>();
        IllegalStateException odd = new IllegalStateException("odd");
        RunningPipeline pipeline = Pipeline.from(numbers(10))
                .map("even", i -> {
                    if (i % 2 == 1) {
                        throw odd;
                    }
                    return i;
                })
                .onError(ErrorPolicy.skip())
                .map("small", i -> {
                    if (i > 5) {
                        throw odd;
                    }
                    return i;
                })
                .onError(ErrorPolicy.deadLetter(dead::add))
                .to("sink", out::add)
                .start();
        pipeline.awaitCompletion();
        assertEquals(List.of(0, 2, 4), out);
        assertEquals(List.of(new StageFailure("small", 6, odd), new StageFailure("small", 8, odd)), List.copyOf(dead));
        assertEquals(5, pipeline.metrics().get(1).skipped());
        assertEquals(2, pipeline.metrics().get(2).deadLettered());
        assertBalanced(pipeline, "");
    }

    @Test
    void an_error_fails_the_pipeline_whatever_the_policy() {
        RunningPipeline pipeline = Pipeline.from(numbers(10))
                .map("broken", i -> {
                    throw new StackOverflowError();
                })
                .onError(ErrorPolicy.skip())
                .to("sink", i -> {})
                .start();
        assertInstanceOf(
                StackOverflowError.class,
                assertThrows(PipelineException.class, pipeline::awaitCompletion).getCause());
    }

    @Test
    void a_dead_letter_handler_a_source_or_a_function_that_misbehaves_fails_the_pipeline() {
        RunningPipeline handler = Pipeline.from(numbers(1))
                .to("sink", i -> {
                    throw new IOException("first");
                })
                .onError(ErrorPolicy.deadLetter(failure -> {
                    throw new IllegalStateException("handler");
                }))
                .start();
        Throwable cause =
                assertThrows(PipelineException.class, handler::awaitCompletion).getCause();
        assertEquals("handler", cause.getMessage());
        assertEquals("first", cause.getSuppressed()[0].getMessage());

        Iterable<Integer> broken = () -> {
            throw new IllegalArgumentException("source");
        };
        RunningPipeline source = Pipeline.from(broken).to("sink", i -> {}).start();
        assertEquals(
                "source",
                assertThrows(PipelineException.class, source::awaitCompletion).stage());

        RunningPipeline nothing = Pipeline.from(numbers(1))
                .map("nothing", i -> null)
                .to("sink", i -> {})
                .start();
        assertInstanceOf(
                NullPointerException.class,
                assertThrows(PipelineException.class, nothing::awaitCompletion).getCause());
    }

    @Test
    void drain_lets_what_was_taken_come_through() throws Exception {
        Channel<Integer> source = Channel.unbounded();
        List<Integer> out = new ArrayList<>();
        CountDownLatch some = new CountDownLatch(20);
        RunningPipeline pipeline = Pipeline.from(source)
                .mapParallel("work", 3, i -> i)
                .to("sink", i -> {
                    out.add(i);
                    some.countDown();
                })
                .start();
        for (int i = 0; i < 20; i++) {
            source.send(i);
        }
        some.await();
        assertTrue(pipeline.drain(Deadline.never()), "the source waits, and is stopped");
        assertEquals(20, out.size());
        pipeline.awaitCompletion();
        assertBalanced(pipeline, "");
    }

    @Test
    void drain_aborts_at_its_deadline() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        RunningPipeline pipeline = Pipeline.from(endless(new AtomicInteger()))
                .map("stuck", i -> {
                    reached.countDown();
                    new CountDownLatch(1).await();
                    return i;
                })
                .to("sink", i -> {})
                .start();
        reached.await();
        assertFalse(pipeline.drain(Deadline.after(Duration.ofMillis(10))));
        assertThrows(CancellationException.class, pipeline::awaitCompletion);
        assertBalanced(pipeline, "");
    }

    @Test
    void the_source_is_closed_however_it_ends() throws Exception {
        class Closing implements Iterable<Integer>, AutoCloseable {
            final AtomicInteger closed = new AtomicInteger();

            @Override
            public Iterator<Integer> iterator() {
                return numbers(100).iterator();
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        }
        Closing good = new Closing();
        Pipeline.from(good).to("sink", i -> {}).start().awaitCompletion();
        assertEquals(1, good.closed.get());
        Closing failing = new Closing();
        RunningPipeline pipeline = Pipeline.from(failing)
                .to("sink", i -> {
                    throw new IOException();
                })
                .start();
        assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertEquals(1, failing.closed.get());
        Closing aborted = new Closing();
        Flows.abort(Pipeline.from(aborted)
                .to("sink", i -> new CountDownLatch(1).await())
                .start());
        assertEquals(1, aborted.closed.get());
    }

    @Test
    void interrupt_of_one_who_waits_leaves_the_pipeline_as_it_is() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        RunningPipeline pipeline =
                Pipeline.from(numbers(1)).to("sink", i -> gate.await()).start();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, pipeline::awaitCompletion);
        gate.countDown();
        pipeline.awaitCompletion();
    }

    @Test
    void bad_arguments_are_refused_when_they_are_given() {
        Pipeline<Integer> pipeline = Pipeline.from(numbers(1));
        assertEquals(
                "parallelism must be at least 1, but is 0",
                assertThrows(IllegalArgumentException.class, () -> pipeline.mapParallel("p", 0, i -> i))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> pipeline.batch(0, Duration.ofSeconds(1)));
        assertThrows(IllegalArgumentException.class, () -> pipeline.batch(1, Duration.ZERO));
        assertThrows(IllegalStateException.class, () -> pipeline.buffer(1));
        assertThrows(IllegalStateException.class, () -> pipeline.timeout(Duration.ofSeconds(1)));
        assertThrows(IllegalStateException.class, () -> pipeline.onError(ErrorPolicy.skip()));
        assertThrows(IllegalStateException.class, pipeline::onPlatformThreads);
        assertThrows(
                IllegalStateException.class, () -> pipeline.map("m", i -> i).acknowledging(i -> {}));
        assertThrows(
                IllegalStateException.class,
                () -> Pipeline.merge(pipeline, pipeline).named("merge"));
        assertThrows(IllegalArgumentException.class, Pipeline::merge);
        assertThrows(IllegalArgumentException.class, () -> pipeline.mapParallelOrdered("p", 0, i -> i));
        assertThrows(IllegalArgumentException.class, () -> pipeline.mapParallelByKey("p", -1, i -> i, i -> i));
        assertThrows(IllegalArgumentException.class, () -> pipeline.toParallel("p", 0, i -> {}));
        assertThrows(IllegalArgumentException.class, () -> pipeline.window(Duration.ZERO));
        assertThrows(
                IllegalArgumentException.class, () -> pipeline.map("m", i -> i).buffer(0));
        assertThrows(
                IllegalArgumentException.class, () -> pipeline.map("m", i -> i).timeout(Duration.ZERO));
        assertEquals(
                "slide must not be longer than size PT1S, but is PT2S",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> pipeline.window(Duration.ofSeconds(1), Duration.ofSeconds(2)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> pipeline.balance().through(0, branch -> branch));
        assertThrows(IllegalArgumentException.class, () -> pipeline.broadcast().into());
        Pipeline.Complete last = pipeline.to("sink", i -> {});
        assertThrows(IllegalArgumentException.class, () -> last.onProgress(Duration.ZERO, metrics -> {}));
        assertThrows(IllegalArgumentException.class, () -> last.onStall(Duration.ofSeconds(-1), stage -> {}));
        assertThrows(NullPointerException.class, () -> pipeline.filter("f", null));
        assertThrows(NullPointerException.class, () -> pipeline.flatMap("f", null));
        assertThrows(NullPointerException.class, () -> pipeline.toTransactional("t", null));
        assertThrows(NullPointerException.class, () -> pipeline.partitionBy(null));
        assertThrows(NullPointerException.class, () -> pipeline.map(null, i -> i));
        assertThrows(NullPointerException.class, () -> pipeline.map("m", null));
        assertThrows(NullPointerException.class, () -> Pipeline.from((Iterable<Integer>) null));
    }
}
