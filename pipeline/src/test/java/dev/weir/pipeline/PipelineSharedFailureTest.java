package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.numbers;
import static dev.weir.pipeline.Flows.stage;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.core.internal.Suppressed;
import dev.weir.testkit.CapturedLog;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An exception that a driver has made once, and throws each time, does not collect suppressed ones without bound. */
@Timeout(60)
class PipelineSharedFailureTest {
    private static final int COUNT = 5_000;

    private final IllegalStateException shared = new IllegalStateException("connection refused, expected");

    private void assertBounded() {
        assertEquals(Suppressed.MAX_SHOWN, shared.getSuppressed().length);
    }

    @Test
    void one_that_each_write_throws_and_each_roll_back_adds_to() throws Exception {
        TransactionalSink<Integer> sink = new TransactionalSink<>() {
            @Override
            public void begin() {}

            @Override
            public void write(Integer element) {
                throw shared;
            }

            @Override
            public void commit() {}

            @Override
            public void rollback() {
                throw new IllegalStateException("no connection either, expected");
            }
        };
        try (CapturedLog log = CapturedLog.of(Pipeline.class)) {
            RunningPipeline running = Pipeline.from(numbers(COUNT))
                    .toTransactional("store", sink)
                    .onError(ErrorPolicy.skip())
                    .start();
            running.awaitCompletion();
            assertEquals(COUNT, stage(running, "store").skipped());
            assertEquals(COUNT, log.lines().size(), "each roll back that fails is logged");
        }
        assertBounded();
    }

    /** Results of a flat map that fail, and whose close fails, too. */
    private final class Results implements Iterable<Integer>, AutoCloseable {
        @Override
        public Iterator<Integer> iterator() {
            throw shared;
        }

        @Override
        public void close() {
            throw new IllegalStateException("not closed, expected");
        }
    }

    @Test
    void one_that_each_result_throws_and_each_close_adds_to() throws Exception {
        try (CapturedLog log = CapturedLog.of(Pipeline.class)) {
            RunningPipeline running = Pipeline.from(numbers(COUNT))
                    .flatMap("expand", i -> new Results())
                    .onError(ErrorPolicy.skip())
                    .to("sink", i -> {})
                    .start();
            running.awaitCompletion();
            assertEquals(COUNT, stage(running, "expand").skipped());
            assertEquals(COUNT - Suppressed.MAX_SHOWN, log.lines().size(), "what it does not take is logged");
        }
        assertBounded();
    }

    @Test
    void one_by_which_many_pipelines_fail() {
        for (int i = 0; i < 100; i++) {
            RunningPipeline running = Pipeline.from(numbers(4))
                    .mapParallel("work", 3, element -> {
                        throw shared;
                    })
                    .to("sink", element -> {})
                    .start();
            PipelineException failure = assertThrows(PipelineException.class, running::awaitCompletion);
            assertEquals(shared, failure.getCause());
        }
        assertEquals(List.of(), List.of(shared.getSuppressed()));
    }
}
