package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where pipelines end, and what is closed then. */
@Timeout(60)
class PipelineSinkTest {
    /** Records what is asked of it, and fails on the given elements. */
    private static class Journal implements TransactionalSink<List<Integer>> {
        final List<String> calls = new ArrayList<>();
        private final String failing;

        Journal(String failing) {
            this.failing = failing;
        }

        private void call(String what) throws IOException {
            calls.add(what);
            if (failing.equals(what)) {
                throw new IOException(what);
            }
        }

        @Override
        public void begin() throws IOException {
            call("begin");
        }

        @Override
        public void write(List<Integer> batch) throws Exception {
            call("write " + batch);
        }

        @Override
        public void commit() throws IOException {
            call("commit");
        }

        @Override
        public void rollback() throws IOException {
            call("rollback");
        }

        @Override
        public void close() throws IOException {
            call("close");
        }
    }

    private static RunningPipeline twoBatches(TransactionalSink<List<Integer>> sink, ErrorPolicy policy) {
        return Pipeline.from(numbers(4))
                .batch(2, Duration.ofHours(1))
                .toTransactional("journal", sink)
                .onError(policy)
                .start();
    }

    @Test
    void a_sink_of_two_branches_is_closed_once() throws Exception {
        Journal journal = new Journal("nothing");
        Pipeline.from(List.of(List.of(1)))
                .balance()
                .into(
                        branch -> branch.toTransactional("first", journal),
                        branch -> branch.toTransactional("second", journal))
                .start()
                .awaitCompletion();
        assertEquals(List.of("begin", "write [1]", "commit", "close"), journal.calls);
    }

    @Test
    void each_batch_is_a_transaction() throws Exception {
        Journal journal = new Journal("");
        RunningPipeline pipeline = twoBatches(journal, ErrorPolicy.failFast());
        pipeline.awaitCompletion();
        assertEquals(
                List.of("begin", "write [0, 1]", "commit", "begin", "write [2, 3]", "commit", "close"), journal.calls);
        assertBalanced(pipeline, "");
    }

    @Test
    void a_failed_write_is_rolled_back_and_the_policy_decides_whether_to_go_on() throws Exception {
        Journal journal = new Journal("write [0, 1]");
        RunningPipeline pipeline = twoBatches(journal, ErrorPolicy.skip());
        pipeline.awaitCompletion();
        assertEquals(
                List.of("begin", "write [0, 1]", "rollback", "begin", "write [2, 3]", "commit", "close"),
                journal.calls);
        assertEquals(1, Flows.stage(pipeline, "journal").skipped());
        assertBalanced(pipeline, "");
    }

    @Test
    void a_failed_commit_is_rolled_back_and_a_failed_begin_is_not() {
        Journal commit = new Journal("commit");
        PipelineException failure = assertThrows(
                PipelineException.class,
                () -> twoBatches(commit, ErrorPolicy.failFast()).awaitCompletion());
        assertEquals("stage journal failed on [0, 1]", failure.getMessage());
        assertEquals(List.of("begin", "write [0, 1]", "commit", "rollback", "close"), commit.calls);
        Journal begin = new Journal("begin");
        assertThrows(
                PipelineException.class,
                () -> twoBatches(begin, ErrorPolicy.failFast()).awaitCompletion());
        assertEquals(List.of("begin", "close"), begin.calls);
    }

    @Test
    void a_roll_back_that_fails_is_suppressed_in_what_made_it_necessary() {
        Journal journal = new Journal("rollback") {
            @Override
            public void write(List<Integer> batch) throws Exception {
                throw new IllegalStateException("expected");
            }
        };
        Throwable cause = assertThrows(
                        PipelineException.class,
                        () -> twoBatches(journal, ErrorPolicy.failFast()).awaitCompletion())
                .getCause();
        assertInstanceOf(IllegalStateException.class, cause);
        assertEquals("rollback", cause.getSuppressed()[0].getMessage());
    }

    @Test
    void an_aborted_transaction_is_rolled_back() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        Journal journal = new Journal("") {
            @Override
            public void write(List<Integer> batch) throws Exception {
                writing.countDown();
                new CountDownLatch(1).await();
            }
        };
        RunningPipeline pipeline = twoBatches(journal, ErrorPolicy.skip());
        writing.await();
        pipeline.abort();
        assertThrows(CancellationException.class, pipeline::awaitCompletion);
        assertEquals(List.of("begin", "rollback", "close"), journal.calls);
        assertBalanced(pipeline, "");
    }

    @Test
    void a_parallel_sink_takes_several_at_once() throws Exception {
        CountDownLatch three = new CountDownLatch(3);
        RunningPipeline pipeline = Pipeline.from(numbers(9))
                .toParallel("sink", 3, i -> {
                    three.countDown();
                    three.await();
                })
                .start();
        pipeline.awaitCompletion();
        assertEquals(9, Flows.stage(pipeline, "sink").out());
    }

    private static final class ClosingSink implements ThrowingConsumer<Integer, IOException>, AutoCloseable {
        final AtomicInteger closed = new AtomicInteger();
        final IOException broken = new IOException("flush");

        @Override
        public void accept(Integer element) {
            assertEquals(0, closed.get(), "closed too early");
        }

        @Override
        public void close() throws IOException {
            closed.incrementAndGet();
            throw broken;
        }
    }

    @Test
    void a_sink_that_cannot_be_closed_has_failed() {
        ClosingSink sink = new ClosingSink();
        RunningPipeline pipeline = Pipeline.from(numbers(10)).to("sink", sink).start();
        PipelineException failure = assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertEquals("stage sink failed on its close", failure.getMessage());
        assertSame(sink.broken, failure.getCause());
        assertEquals(1, sink.closed.get());
        assertEquals(10, Flows.stage(pipeline, "sink").out());
    }

    @Test
    void a_failure_to_close_is_suppressed_in_the_failure_before() {
        ClosingSink sink = new ClosingSink();
        RunningPipeline pipeline = Pipeline.from(numbers(10))
                .map("bad", i -> Math.floorDiv(1, i))
                .to("sink", sink)
                .start();
        PipelineException failure = assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertEquals("bad", failure.stage());
        assertSame(sink.broken, failure.getSuppressed()[0].getCause());
    }

    @Test
    void a_function_that_can_be_closed_is_closed_however_the_pipeline_ends() throws Exception {
        class Connection implements ThrowingFunction<Integer, Integer, RuntimeException>, AutoCloseable {
            final AtomicInteger closed = new AtomicInteger();

            @Override
            public Integer apply(Integer element) {
                if (element == 5) {
                    throw new IllegalStateException("expected");
                }
                return element;
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        }
        Connection good = new Connection();
        Pipeline.from(numbers(5)).map("ask", good).to("sink", i -> {}).start().awaitCompletion();
        assertEquals(1, good.closed.get());
        Connection failing = new Connection();
        RunningPipeline failed = Pipeline.from(numbers(6))
                .mapParallel("ask", 3, failing)
                .to("sink", i -> {})
                .start();
        assertThrows(PipelineException.class, failed::awaitCompletion);
        assertEquals(1, failing.closed.get());
        Connection aborted = new Connection();
        CountDownLatch reached = new CountDownLatch(1);
        RunningPipeline stuck = Pipeline.from(numbers(5))
                .map("ask", aborted)
                .to("sink", i -> {
                    reached.countDown();
                    new CountDownLatch(1).await();
                })
                .start();
        reached.await();
        assertEquals(0, aborted.closed.get());
        Flows.abort(stuck);
        assertEquals(1, aborted.closed.get());
        assertTrue(stuck.metrics().getLast().undelivered() > 0);
    }
}
