package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The interrupt that ends a function reaches that function and nothing that is called afterwards.
 * (confluentinc/parallel-consumer#615, #668)
 */
@Timeout(60)
class PipelineInterruptTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** Writes until it is interrupted, as a driver does: sets the status again and throws. */
    private static class StuckSink implements TransactionalSink<Integer> {
        final CountDownLatch writing = new CountDownLatch(1);
        final List<String> rollbacks = new CopyOnWriteArrayList<>();
        final AtomicInteger commits = new AtomicInteger();

        @Override
        public void begin() {}

        @Override
        public void write(Integer element) throws Exception {
            if (element == 1) {
                writing.countDown();
                waitUntilInterrupted();
            }
        }

        @Override
        public void commit() throws Exception {
            commits.incrementAndGet();
        }

        @Override
        public void rollback() throws Exception {
            try {
                Thread.sleep(5); // a driver waits in its roll-back
                rollbacks.add("undisturbed");
            } catch (InterruptedException interrupted) {
                rollbacks.add("interrupted");
            }
        }
    }

    private static void waitUntilInterrupted() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        }
    }

    @Test
    void an_abort_does_not_interrupt_the_roll_back_that_it_leads_to() throws Exception {
        StuckSink sink = new StuckSink();
        RunningPipeline running =
                Pipeline.from(numbers(9)).toTransactional("store", sink).start();
        sink.writing.await();
        Flows.abort(running);
        assertEquals(List.of("undisturbed"), sink.rollbacks);
        assertThrows(CancellationException.class, running::awaitCompletion);
    }

    @Test
    void an_abort_during_a_roll_back_does_not_reach_it() throws Exception {
        CountDownLatch rollingBack = new CountDownLatch(1);
        CountDownLatch aborted = new CountDownLatch(1);
        AtomicReference<Object> seen = new AtomicReference<>("nothing");
        RunningPipeline running = Pipeline.from(numbers(3))
                .toTransactional("store", new StuckSink() {
                    @Override
                    public void write(Integer element) throws IOException {
                        throw new IOException("expected");
                    }

                    @Override
                    public void rollback() throws Exception {
                        rollingBack.countDown();
                        aborted.await();
                        seen.set(Thread.currentThread().isInterrupted());
                    }
                })
                .start();
        rollingBack.await();
        running.abort();
        aborted.countDown();
        Call<Void> end = Call.run(running::awaitCompletion);
        assertInstanceOf(CancellationException.class, end.failure());
        assertEquals(false, seen.get());
    }

    @Test
    void a_transaction_that_times_out_is_rolled_back_undisturbed() throws Exception {
        StuckSink sink = new StuckSink();
        ManualTimeSource time = new ManualTimeSource();
        RunningPipeline running = Pipeline.from(List.of(0, 1, 2))
                .timeSource(time)
                .toTransactional("store", sink)
                .timeout(SECOND)
                .onError(ErrorPolicy.skip())
                .start();
        sink.writing.await();
        time.advance(SECOND);
        running.awaitCompletion();
        assertEquals(List.of("undisturbed"), sink.rollbacks);
        assertEquals(2, sink.commits.get());
        assertBalanced(running, "");
    }

    @Test
    void a_transaction_that_was_committed_when_its_time_was_up_is_done() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        StuckSink sink = new StuckSink() {
            @Override
            public void commit() throws Exception {
                super.commit();
                time.advance(SECOND);
                try {
                    new CountDownLatch(1).await(); // until the time limit interrupts
                } catch (InterruptedException late) {
                    // it is committed all the same
                }
            }
        };
        RunningPipeline running = Pipeline.from(List.of(0))
                .timeSource(time)
                .toTransactional("store", sink)
                .timeout(SECOND)
                .start();
        running.awaitCompletion();
        assertEquals(List.of(), sink.rollbacks);
        assertEquals(1, Flows.stage(running, "store").out());
    }

    @Test
    void a_roll_back_that_fails_is_logged_also_if_the_element_is_skipped() throws Exception {
        RuntimeException shared = new IllegalStateException("connection refused");
        List<String> lines = CapturedLog.during(
                Pipeline.class,
                () -> Pipeline.from(numbers(30))
                        .toTransactional("store", new StuckSink() {
                            @Override
                            public void write(Integer element) {
                                throw shared;
                            }

                            @Override
                            public void rollback() {
                                throw new IllegalStateException("no connection either");
                            }
                        })
                        .onError(ErrorPolicy.skip())
                        .start()
                        .awaitCompletion());
        assertEquals(
                30,
                lines.stream()
                        .filter(line -> line.contains("roll-back of stage store failed"))
                        .count());
        assertTrue(shared.getSuppressed().length <= 10, "a shared exception does not grow");
    }

    @Test
    void an_error_in_a_roll_back_fails_the_pipeline_whatever_the_policy() {
        AssertionError error = new AssertionError("expected");
        RunningPipeline running = Pipeline.from(numbers(3))
                .toTransactional("store", new StuckSink() {
                    @Override
                    public void write(Integer element) throws IOException {
                        throw new IOException("expected");
                    }

                    @Override
                    public void rollback() {
                        throw error;
                    }
                })
                .onError(ErrorPolicy.skip())
                .start();
        assertSame(
                error,
                assertThrows(PipelineException.class, running::awaitCompletion).getCause());
    }

    @Test
    void an_acknowledgement_runs_without_the_interrupt_of_an_abort() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        AtomicReference<Boolean> interrupted = new AtomicReference<>(false);
        RunningPipeline running = Pipeline.from(numbers(9))
                .acknowledging(i -> interrupted.set(Thread.currentThread().isInterrupted()))
                .to("sink", i -> {
                    writing.countDown();
                    while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                })
                .onPlatformThreads()
                .start();
        writing.await();
        Flows.abort(running);
        assertFalse(interrupted.get());
    }

    @Test
    void a_result_of_a_flat_map_is_closed_without_the_interrupt_of_an_abort() throws Exception {
        class Endless implements Iterable<Integer>, AutoCloseable {
            final AtomicReference<Object> closed = new AtomicReference<>("not closed");

            @Override
            public Iterator<Integer> iterator() {
                return Flows.endless(new AtomicInteger()).iterator();
            }

            @Override
            public void close() {
                closed.set(Thread.currentThread().isInterrupted());
            }
        }
        Endless endless = new Endless();
        CountDownLatch reached = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(numbers(1))
                .flatMap("list", i -> endless)
                .to("sink", i -> reached.countDown())
                .start();
        reached.await();
        Flows.abort(running);
        assertEquals(false, endless.closed.get());
    }

    // ---- drained sources

    @Test
    void a_drain_of_a_source_that_throws_an_interrupted_io_exception_ends_well() throws Exception {
        PipedReader reader = new PipedReader(1000);
        PipedWriter writer = new PipedWriter(reader);
        List<String> stored = new CopyOnWriteArrayList<>();
        RunningPipeline running = Pipeline.from(new BufferedReader(reader).lines())
                .to("store", stored::add)
                .start();
        writer.write("a\nb\nc\n");
        writer.flush();
        await().until(() -> stored.size() == 3);
        assertTrue(running.drain(Deadline.never()));
        running.awaitCompletion();
    }

    @Test
    void what_a_source_throws_when_a_drain_interrupts_it_means_its_end_and_is_logged() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(source(() -> {
                    waits.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException stopped) {
                        throw new IllegalStateException("shutting down"); // without cause or status
                    }
                }))
                .to("sink", i -> {})
                .start();
        waits.await();
        List<String> lines = CapturedLog.during(Pipeline.class, () -> assertTrue(running.drain(Deadline.never())));
        assertTrue(lines.getFirst().contains("the source source ended by a failure"), lines.toString());
    }

    @Test
    void an_error_of_a_source_fails_the_pipeline_also_when_a_drain_interrupted_it() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(source(() -> {
                    waits.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException stopped) {
                        throw new AssertionError("expected", stopped);
                    }
                }))
                .to("sink", i -> {})
                .start();
        waits.await();
        assertFalse(running.drain(Deadline.never()));
        assertThrows(PipelineException.class, running::awaitCompletion);
    }

    private static Iterable<Integer> source(Runnable waiting) {
        return () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                waiting.run();
                return false;
            }

            @Override
            public Integer next() {
                throw new AssertionError();
            }
        };
    }

    /** As a native read, for instance of System.in. */
    private static final class DeafSource implements Iterable<Integer>, AutoCloseable {
        final CountDownLatch reads = new CountDownLatch(1);
        final CountDownLatch open = new CountDownLatch(1);
        final AtomicInteger closed = new AtomicInteger();

        @Override
        public Iterator<Integer> iterator() {
            return source(() -> {
                        reads.countDown();
                        while (open.getCount() > 0) {
                            try {
                                open.await();
                            } catch (InterruptedException ignored) {
                                // deaf
                            }
                        }
                    })
                    .iterator();
        }

        @Override
        public void close() {
            closed.incrementAndGet();
            open.countDown();
        }
    }

    @Test
    void a_source_that_ignores_interrupts_is_closed_a_second_after_it_was_stopped() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        for (boolean drains : new boolean[] {false, true}) {
            DeafSource source = new DeafSource();
            RunningPipeline running = Pipeline.<Integer>from(source)
                    .timeSource(time)
                    .to("sink", i -> {})
                    .start();
            source.reads.await();
            Call<Boolean> stops = Call.start(() -> {
                if (drains) {
                    return running.drain(Deadline.never());
                }
                Flows.abort(running);
                return false;
            });
            time.awaitWaiters(1); // the look after a second
            time.advance(SECOND.minusNanos(1));
            assertEquals(0, source.closed.get());
            time.advance(Duration.ofNanos(1));
            assertEquals(drains, stops.result());
            assertEquals(1, source.closed.get(), "closed once");
        }
    }

    // ---- those who wait for the end

    @Test
    void a_thread_of_the_pipeline_that_would_wait_for_its_own_end_is_refused() throws Exception {
        AtomicReference<RunningPipeline> me = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        AtomicReference<Throwable> inListener = new AtomicReference<>();
        RunningPipeline running = Pipeline.from(numbers(3))
                .to("sink", i -> {
                    known.await();
                    me.get().close();
                })
                .onProgress(Duration.ofDays(1), stages -> {
                    try {
                        me.get().awaitCompletion();
                    } catch (Exception refused) {
                        inListener.set(refused);
                    }
                })
                .start();
        me.set(running);
        known.countDown();
        PipelineException failure = assertThrows(PipelineException.class, running::awaitCompletion);
        assertInstanceOf(IllegalStateException.class, failure.getCause());
        assertInstanceOf(IllegalStateException.class, inListener.get());
    }

    @Test
    void a_drain_whose_deadline_is_over_gives_a_stuck_stage_up_and_names_it() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(numbers(1))
                .timeSource(time)
                .to("deaf", i -> {
                    stuck.countDown();
                    while (go.getCount() > 0) { // parked: one that yields may keep the only carrier to itself
                        try {
                            go.await();
                        } catch (InterruptedException ignored) {
                            // deaf
                        }
                    }
                })
                .start();
        stuck.await();
        Thread reader = running.run.stage("source").workers.getFirst().thread();
        await().until(() -> !reader.isAlive()); // or it would be named, too
        List<String> lines;
        try {
            lines = CapturedLog.during(Pipeline.class, () -> {
                Call<Boolean> drain = Call.start(() -> running.drain(Deadline.after(Duration.ZERO)));
                time.awaitWaiters(1);
                time.advance(SECOND);
                assertFalse(drain.result());
            });
        } finally {
            go.countDown();
        }
        assertEquals(1, lines.size());
        assertTrue(lines.getFirst().contains("deaf-1"), lines.toString());
        assertThrows(CancellationException.class, running::awaitCompletion);
    }

    @Test
    void a_timeout_covers_the_iteration_over_a_lazy_result() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch waits = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(numbers(1))
                .timeSource(time)
                .flatMap(
                        "pages",
                        i -> source(() -> {
                            waits.countDown();
                            waitUntilInterrupted();
                        }))
                .timeout(SECOND)
                .to("sink", i -> {})
                .start();
        waits.await();
        time.advance(SECOND);
        assertInstanceOf(
                TimeoutException.class,
                assertThrows(PipelineException.class, running::awaitCompletion).getCause());
    }
}
