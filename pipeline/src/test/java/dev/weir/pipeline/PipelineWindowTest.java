package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.channel.Channel;
import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lists by size and by time. */
@Timeout(60)
class PipelineWindowTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final Channel<Integer> source = Channel.bounded(10);
    private final Channel<Object> passed = Channel.bounded(10);

    /** Sends, and waits until the stage has taken it and waits for the next. */
    private void sendAndSettle(RunningPipeline pipeline, int element) throws InterruptedException {
        long before = pipeline.metrics().get(1).in();
        source.send(element);
        while (pipeline.metrics().get(1).in() == before) {
            Thread.yield();
        }
        time.awaitWaiters(1);
    }

    @Test
    void batches_are_full_or_timely_or_last() throws Exception {
        RunningPipeline pipeline = Pipeline.from(source)
                .batch(3, Duration.ofSeconds(1))
                .timeSource(time)
                .to("sink", passed::send)
                .start();
        for (int i = 0; i < 4; i++) {
            source.send(i);
        }
        assertEquals(List.of(0, 1, 2), passed.receive());
        time.awaitWaiters(1); // the batch waits for more
        time.advance(Duration.ofSeconds(1));
        assertEquals(List.of(3), passed.receive());
        source.send(4);
        source.close();
        assertEquals(List.of(4), passed.receive());
        pipeline.awaitCompletion();
        assertBalanced(pipeline, "");
    }

    @Test
    void batches_are_timely_though_there_is_always_more() throws Exception {
        RunningPipeline pipeline = Pipeline.from(Flows.endless(new AtomicInteger()))
                .batch(
                        1_000,
                        element -> {
                            time.advance(SECOND);
                            return 1;
                        },
                        Duration.ofSeconds(3))
                .timeSource(time)
                .to("sink", passed::send)
                .start();
        assertEquals(List.of(0, 1, 2), passed.receive());
        assertEquals(List.of(3, 4, 5), passed.receive());
        Flows.abort(pipeline);
    }

    @Test
    void tumbling_windows_gather_what_came_in_each_period_and_skip_empty_ones() throws Exception {
        RunningPipeline pipeline = Pipeline.from(source)
                .window(SECOND)
                .timeSource(time)
                .to("sink", passed::send)
                .start();
        sendAndSettle(pipeline, 1);
        time.advance(Duration.ofMillis(999));
        sendAndSettle(pipeline, 2);
        time.advance(Duration.ofMillis(1));
        assertEquals(List.of(1, 2), passed.receive());
        time.advance(Duration.ofMillis(5_500)); // five periods without elements
        sendAndSettle(pipeline, 3);
        time.advance(Duration.ofMillis(499));
        sendAndSettle(pipeline, 4);
        time.advance(Duration.ofMillis(1));
        assertEquals(List.of(3, 4), passed.receive());
        sendAndSettle(pipeline, 5);
        source.close();
        assertEquals(List.of(5), passed.receive());
        pipeline.awaitCompletion();
        assertBalanced(pipeline, "");
        assertEquals(5, Flows.stage(pipeline, "window").out());
        assertEquals(3, Flows.stage(pipeline, "window").emitted());
    }

    @Test
    void sliding_windows_overlap_and_count_each_element_once() throws Exception {
        RunningPipeline pipeline = Pipeline.from(source)
                .window(Duration.ofSeconds(3), SECOND)
                .named("last three seconds")
                .timeSource(time)
                .to("sink", passed::send)
                .start();
        sendAndSettle(pipeline, 1);
        time.advance(SECOND);
        assertEquals(List.of(1), passed.receive());
        sendAndSettle(pipeline, 2);
        time.advance(SECOND);
        assertEquals(List.of(1, 2), passed.receive());
        time.advance(SECOND);
        assertEquals(List.of(1, 2), passed.receive());
        sendAndSettle(pipeline, 3);
        time.advance(SECOND);
        assertEquals(List.of(2, 3), passed.receive());
        sendAndSettle(pipeline, 4);
        source.close();
        assertEquals(List.of(3, 4), passed.receive());
        pipeline.awaitCompletion();
        assertEquals(4, Flows.stage(pipeline, "last three seconds").out());
        assertBalanced(pipeline, "");
    }

    @Test
    void at_the_end_nothing_is_passed_on_that_was_already() throws Exception {
        RunningPipeline pipeline = Pipeline.from(source)
                .window(Duration.ofSeconds(3), SECOND)
                .timeSource(time)
                .to("sink", passed::send)
                .start();
        sendAndSettle(pipeline, 1);
        time.advance(SECOND);
        assertEquals(List.of(1), passed.receive());
        source.close();
        pipeline.awaitCompletion();
        assertEquals(0, passed.size());
        assertBalanced(pipeline, "");
    }

    @RepeatedTest(50)
    void what_a_list_holds_when_the_pipeline_is_aborted_is_undelivered() throws Exception {
        RunningPipeline batches = Pipeline.from(source)
                .batch(10, SECOND)
                .timeSource(time)
                .to("sink", passed::send)
                .start();
        sendAndSettle(batches, 1);
        sendAndSettle(batches, 2);
        batches.abort();
        assertThrows(CancellationException.class, batches::awaitCompletion);
        assertEquals(2, Flows.stage(batches, "batch").undelivered());
        assertBalanced(batches, "");
    }
}
