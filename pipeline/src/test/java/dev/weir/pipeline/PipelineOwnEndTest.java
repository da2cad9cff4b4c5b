package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.numbers;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Code that a pipeline calls is refused where it would wait for the pipeline's end, whichever thread it runs in. */
@Timeout(60)
class PipelineOwnEndTest {
    private final CompletableFuture<RunningPipeline> me = new CompletableFuture<>();

    private Integer awaitOwnEnd(Integer element) throws Exception {
        me.get().awaitCompletion();
        return element;
    }

    @Test
    void a_function_under_a_time_limit_is_refused() {
        RunningPipeline running = Pipeline.from(numbers(3))
                .map("waits", this::awaitOwnEnd)
                .timeout(Duration.ofDays(1))
                .to("sink", i -> {})
                .start();
        me.complete(running);
        PipelineException failure = assertThrows(
                PipelineException.class, () -> assertTrue(running.awaitCompletion(Duration.ofSeconds(50)), "hangs"));
        assertInstanceOf(IllegalStateException.class, failure.getCause());
    }

    /** One that ignores its interrupt, and so is closed in a thread of its own. */
    @SuppressWarnings("try") // its close would wait
    private final class StuckSource implements Iterable<Integer>, AutoCloseable {
        final CountDownLatch reading = new CountDownLatch(1);
        final CountDownLatch closed = new CountDownLatch(1);
        final CompletableFuture<Throwable> refused = new CompletableFuture<>();

        @Override
        public Iterator<Integer> iterator() {
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    reading.countDown();
                    while (closed.getCount() > 0) {
                        try {
                            closed.await();
                        } catch (InterruptedException ignored) {
                            // goes on
                        }
                    }
                    return false;
                }

                @Override
                public Integer next() {
                    throw new AssertionError();
                }
            };
        }

        @Override
        public void close() throws Exception {
            closed.countDown();
            try {
                me.get().awaitCompletion();
            } catch (IllegalStateException own) {
                refused.complete(own);
            }
        }
    }

    @Test
    void the_close_of_a_source_that_is_stuck_is_refused() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        StuckSource source = new StuckSource();
        RunningPipeline running =
                Pipeline.from(source).timeSource(time).to("sink", i -> {}).start();
        me.complete(running);
        source.reading.await();
        running.finish();
        time.advance(Duration.ofSeconds(1));
        assertInstanceOf(IllegalStateException.class, source.refused.get(50, TimeUnit.SECONDS));
        running.awaitCompletion();
    }
}
