package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PipelineTest {
    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static Iterable<Integer> endless(AtomicInteger read) {
        return () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Integer next() {
                return read.getAndIncrement();
            }
        };
    }

    private static void assertBalanced(RunningPipeline pipeline, String what) {
        List<StageMetrics> stages = pipeline.metrics();
        for (StageMetrics stage : stages) {
            assertEquals(
                    stage.in(),
                    stage.out() + stage.skipped() + stage.deadLettered() + stage.undelivered(),
                    stage + " " + what);
            assertEquals(0, stage.queued(), stage + " " + what);
        }
        for (int i = 1; i < stages.size(); i++) {
            assertEquals(stages.get(i - 1).emitted(), stages.get(i).in(), stages + " " + what);
        }
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        List<Integer> store = new ArrayList<>();
        List<StageMetrics> metrics = PipelineSnippets.pipeline(List.of("a", "bb", "ccc"), store);
        Collections.sort(store);
        assertEquals(List.of(16, 17, 18), store);
        assertEquals(
                List.of("source", "fetch", "parse", "batch", "store"),
                metrics.stream().map(StageMetrics::name).toList());
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
    void a_parallel_stage_works_on_so_many_at_once_and_loses_none() throws Exception {
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
    void batches_are_full_or_timely_or_last() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Channel<Integer> source = Channel.bounded(10, time);
        Channel<List<Integer>> batches = Channel.bounded(10);
        RunningPipeline pipeline = Pipeline.from(source)
                .batch(3, Duration.ofSeconds(1))
                .timeSource(time)
                .to("sink", batches::send)
                .start();
        for (int i = 0; i < 4; i++) {
            source.send(i);
        }
        assertEquals(List.of(0, 1, 2), batches.receive());
        time.awaitWaiters(1); // the batch waits for more
        time.advance(Duration.ofSeconds(1));
        assertEquals(List.of(3), batches.receive());
        source.send(4);
        source.close();
        assertEquals(List.of(4), batches.receive());
        pipeline.awaitCompletion();
        assertBalanced(pipeline, "");
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
        assertTrue(pipeline.drain(Deadline.after(Duration.ofSeconds(10))), "the source waits, and is stopped");
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
        Pipeline.from(aborted)
                .to("sink", i -> new CountDownLatch(1).await())
                .start()
                .close();
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
    void the_account_balances_whenever_it_is_stopped() throws Exception {
        long seed = System.nanoTime();
        System.out.println("the_account_balances_whenever_it_is_stopped seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            int failAt = random.nextInt(3) == 0 ? random.nextInt(500) : -1;
            AtomicInteger delivered = new AtomicInteger();
            RunningPipeline pipeline = Pipeline.from(random.nextBoolean() ? numbers(300) : endless(new AtomicInteger()))
                    .mapParallel("a", 1 + random.nextInt(3), i -> {
                        if (i == failAt) {
                            throw new IOException("expected");
                        }
                        if (i % 7 == 0) {
                            throw new IllegalStateException("expected");
                        }
                        return i;
                    })
                    .onError(failAt < 0 ? ErrorPolicy.skip() : ErrorPolicy.failFast())
                    .buffer(1 + random.nextInt(4))
                    .batch(1 + random.nextInt(5), Duration.ofMillis(1))
                    .to("sink", batch -> delivered.addAndGet(batch.size()))
                    .start();
            try {
                pipeline.awaitCompletion(Duration.ofNanos(random.nextInt(3_000_000)));
                if (random.nextBoolean()) {
                    pipeline.drain(Deadline.after(Duration.ofMillis(random.nextInt(3))));
                }
            } catch (PipelineException failed) {
                assertEquals("stage a failed on " + failed.element(), failed.getMessage());
            }
            pipeline.close();
            String what = "round " + round + ", seed " + seed;
            assertBalanced(pipeline, what);
            StageMetrics batch = pipeline.metrics().get(2);
            StageMetrics sink = pipeline.metrics().get(3);
            if (sink.undelivered() == 0) {
                assertEquals(batch.out(), delivered.get(), what);
            }
        }
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
        assertThrows(NullPointerException.class, () -> pipeline.map(null, i -> i));
        assertThrows(NullPointerException.class, () -> pipeline.map("m", null));
        assertThrows(NullPointerException.class, () -> Pipeline.from((Iterable<Integer>) null));
    }
}
