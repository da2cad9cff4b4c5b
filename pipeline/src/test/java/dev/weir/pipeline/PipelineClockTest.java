package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.CapturedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pipeline ends although its TimeSource breaks its contract and throws. */
@Timeout(60)
class PipelineClockTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final IllegalStateException broken = new IllegalStateException("expected by the test");
    private final Clock clock = new Clock();

    /** Throws when somebody parks or schedules, and when it is read once it is stopped. */
    private final class Clock implements TimeSource {
        volatile boolean stopped;

        @Override
        public long nanoTime() {
            if (stopped) {
                throw broken;
            }
            return TimeSource.system().nanoTime();
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            throw broken;
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            throw broken;
        }
    }

    private void assertFails(RunningPipeline pipeline) {
        assertSame(
                broken,
                assertThrows(PipelineException.class, pipeline::awaitCompletion).getCause());
    }

    @Test
    void a_pipeline_that_cannot_begin_has_failed() {
        clock.stopped = true;
        assertFails(Pipeline.from(List.of(1, 2))
                .timeSource(clock)
                .to("sink", i -> {})
                .start());
    }

    @Test
    void a_pipeline_whose_clock_breaks_when_a_stage_ends_has_failed() {
        List<Integer> out = new ArrayList<>();
        Iterable<Integer> source = () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                clock.stopped = true;
                return false;
            }

            @Override
            public Integer next() {
                throw new NoSuchElementException();
            }
        };
        assertFails(Pipeline.from(source).timeSource(clock).to("sink", out::add).start());
    }

    /** The end is not known by the clock, and what the stages have done is. */
    @Test
    void a_pipeline_whose_clock_breaks_has_an_account_all_the_same() {
        CountDownLatch sent = new CountDownLatch(1);
        Iterable<Integer> source = () -> new Iterator<>() {
            private int last;

            @Override
            public boolean hasNext() {
                if (last == 2) {
                    sent.countDown();
                }
                return last < 2;
            }

            @Override
            public Integer next() {
                return ++last;
            }
        };
        RunningPipeline running = Pipeline.from(source)
                .timeSource(clock)
                .acknowledging(i -> clock.stopped = true)
                .to("sink", i -> {
                    if (i == 2) {
                        throw new IllegalStateException("behind the first");
                    }
                    sent.await(); // as the reader needs the clock for the second, too
                })
                .start();
        assertThrows(PipelineException.class, running::awaitCompletion);
        StageMetrics sink = Flows.stage(running, "sink");
        assertEquals(2, sink.in());
        assertEquals(1, sink.out());
        assertEquals(1, sink.undelivered());
        assertTrue(running.bottleneck().startsWith("sink"), running.bottleneck());
    }

    @Test
    void a_listener_whose_clock_breaks_gets_its_last_call_and_nothing_is_called_in_a_loop() throws Exception {
        List<Integer> out = new ArrayList<>();
        List<Long> calls = new ArrayList<>();
        List<String> lines = CapturedLog.during(
                Pipeline.class,
                () -> Pipeline.from(List.of(1, 2))
                        .timeSource(clock)
                        .to("sink", i -> {
                            Thread.sleep(5);
                            out.add(i);
                        })
                        .onProgress(HOUR, stages -> calls.add(stages.getLast().out()))
                        .start()
                        .awaitCompletion());
        assertEquals(List.of(1, 2), out);
        assertEquals(List.of(2L), calls);
        assertTrue(lines.size() <= 1, lines.toString());
    }

    @Test
    void a_window_whose_clock_ends_its_wait_early_fails_the_pipeline() {
        Channel<Integer> source = Channel.bounded(1);
        RunningPipeline pipeline = Pipeline.from(source)
                .timeSource(clock)
                .window(HOUR)
                .to("sink", list -> {})
                .start();
        source.trySend(1);
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(PipelineException.class, pipeline::awaitCompletion).getCause());
    }
}
