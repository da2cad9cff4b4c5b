package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.numbers;
import static dev.weir.pipeline.Flows.stage;
import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a running pipeline reports. */
@Timeout(60)
class PipelineListenerTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    @Test
    void progress_is_reported_at_intervals_and_at_the_end() throws Exception {
        Channel<Integer> source = Channel.bounded(10);
        List<Long> told = new CopyOnWriteArrayList<>();
        RunningPipeline pipeline = Pipeline.from(source)
                .timeSource(time)
                .to("sink", i -> {})
                .onProgress(SECOND, stages -> told.add(stages.getLast().out()))
                .start();
        source.send(1);
        await().until(() -> stage(pipeline, "sink").out() == 1);
        time.awaitWaiters(1);
        time.advance(SECOND);
        time.awaitWaiters(1);
        time.advance(SECOND);
        time.awaitWaiters(1);
        assertEquals(List.of(1L, 1L), told);
        source.send(2);
        source.send(3);
        source.close();
        pipeline.awaitCompletion();
        assertEquals(List.of(1L, 1L, 3L), told);
        time.advance(SECOND);
        assertEquals(3, told.size());
        assertEquals(0, time.waiters());
    }

    @Test
    void a_listener_that_throws_harms_nobody() throws Exception {
        Channel<Integer> source = Channel.bounded(10);
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(source)
                .timeSource(time)
                .to("sink", out::add)
                .onProgress(SECOND, stages -> {
                    throw new IllegalStateException("expected");
                })
                .start();
        time.awaitWaiters(1);
        time.advance(SECOND);
        source.send(1);
        source.close();
        pipeline.awaitCompletion();
        assertEquals(List.of(1), out);
    }

    @Test
    void a_stage_in_which_nothing_moves_is_named_once_until_it_moves() throws Exception {
        Channel<Integer> source = Channel.bounded(10);
        Channel<Boolean> gate = Channel.bounded(1);
        List<String> told = new CopyOnWriteArrayList<>();
        CountDownLatch reached = new CountDownLatch(1);
        RunningPipeline pipeline = Pipeline.from(source)
                .map("before", i -> i)
                .map("stuck", i -> {
                    reached.countDown();
                    gate.receive();
                    return i;
                })
                .timeSource(time)
                .to("after", i -> {})
                .onStall(Duration.ofSeconds(4), stage -> told.add(stage.name()))
                .start();
        await().until(() -> areWaiting(pipeline, "before", "stuck", "after"));
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(20)); // an idle pipeline has not stalled
        assertEquals(List.of(), told);
        source.send(1);
        source.send(2);
        reached.await();
        await().until(() -> stage(pipeline, "before").out() == 2 && areWaiting(pipeline, "before", "after"));
        time.advance(Duration.ofSeconds(2)); // seen once
        assertEquals(List.of(), told);
        time.advance(Duration.ofSeconds(20));
        assertEquals(List.of("stuck"), told);
        gate.send(true); // on to the second
        await().until(() -> stage(pipeline, "stuck").in() == 2
                && stage(pipeline, "after").out() == 1
                && areWaiting(pipeline, "before", "after"));
        time.advance(Duration.ofSeconds(20));
        assertEquals(List.of("stuck", "stuck"), told);
        gate.send(true);
        source.close();
        pipeline.awaitCompletion();
    }

    /** Pitfall: nobody says which stage is the bottleneck. */
    @Test
    void bottleneck_names_the_stage_that_holds_up_the_others() throws Exception {
        CountDownLatch full = new CountDownLatch(1);
        try (RunningPipeline pipeline = Pipeline.from(numbers(100))
                .map("quick", i -> i)
                .buffer(3)
                .mapParallel("slow", 2, i -> {
                    full.await();
                    return i;
                })
                .buffer(5)
                .timeSource(time)
                .to("sink", i -> {})
                .start()) {
            await().until(() -> allWait(pipeline));
            StageMetrics source = stage(pipeline, "source");
            StageMetrics quick = stage(pipeline, "quick");
            StageMetrics slow = stage(pipeline, "slow");
            StageMetrics sink = stage(pipeline, "sink");
            time.advance(Duration.ofSeconds(9));
            assertEquals(
                    "slow: its 2 workers were busy 100% of the time, and up to 5 elements waited before it",
                    pipeline.bottleneck());
            assertEquals(slow.busy().plusSeconds(18), stage(pipeline, "slow").busy());
            assertEquals(slow.starved(), stage(pipeline, "slow").starved());
            assertEquals(slow.blocked(), stage(pipeline, "slow").blocked());
            assertEquals(
                    quick.blocked().plusSeconds(9), stage(pipeline, "quick").blocked());
            assertEquals(sink.starved().plusSeconds(9), stage(pipeline, "sink").starved());
            assertEquals(
                    source.blocked().plusSeconds(9), stage(pipeline, "source").blocked());
            Duration busy = stage(pipeline, "slow").busy();
            full.countDown();
            pipeline.awaitCompletion();
            assertEquals(busy, stage(pipeline, "slow").busy(), "nothing took time since");
            time.advance(SECOND);
            assertEquals(busy, stage(pipeline, "slow").busy(), "it has ended");
        }
    }

    /** Whether both workers of the slow stage have an element in hand, and each other worker waits for them. */
    private boolean allWait(RunningPipeline pipeline) {
        StageMetrics source = stage(pipeline, "source");
        StageMetrics quick = stage(pipeline, "quick");
        StageMetrics slow = stage(pipeline, "slow");
        return slow.in() == 2
                && quick.emitted() == 2 + 5
                && source.emitted() == 2 + 5 + 1 + 3
                && areWaiting(pipeline, "source", "quick", "sink");
    }

    /** Whether the one worker of each of these stages is starved or blocked; seen at a tick of the clock. */
    private boolean areWaiting(RunningPipeline pipeline, String... stages) {
        List<Duration> before =
                Stream.of(stages).map(stage -> waited(pipeline, stage)).toList();
        Duration tick = Duration.ofNanos(1);
        time.advance(tick);
        List<Duration> after =
                Stream.of(stages).map(stage -> waited(pipeline, stage)).toList();
        return before.stream().map(tick::plus).toList().equals(after);
    }

    private static Duration waited(RunningPipeline pipeline, String name) {
        StageMetrics stage = stage(pipeline, name);
        return stage.starved().plus(stage.blocked());
    }

    @Test
    void bottleneck_says_when_it_is_the_source() throws Exception {
        Channel<Integer> source = Channel.bounded(1);
        try (RunningPipeline pipeline = Pipeline.from(source)
                .map("idle", i -> i)
                .timeSource(time)
                .to("sink", i -> {})
                .start()) {
            source.send(1);
            await().until(() -> stage(pipeline, "sink").out() == 1 && areWaiting(pipeline, "idle", "sink"));
            time.advance(SECOND);
            assertTrue(pipeline.bottleneck().endsWith("busy 0% of the time; it mostly waits for the source"));
        }
    }

    /** Pitfall: a failure does not tell in which stage it happened. */
    @Test
    void a_failure_names_its_stage_its_element_and_the_place_in_the_code() {
        RunningPipeline pipeline = Pipeline.from(numbers(10))
                .mapParallelOrdered("divide", 2, i -> 10 / (i - 4))
                .to("sink", i -> {})
                .start();
        PipelineException failure =
                org.junit.jupiter.api.Assertions.assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertEquals("stage divide failed on 4", failure.getMessage());
        assertTrue(java.util.Arrays.stream(failure.getCause().getStackTrace())
                .anyMatch(frame -> frame.getClassName().startsWith(PipelineListenerTest.class.getName())));
    }

    /** A pipeline of one element may end while the thread of its listener is being started. */
    @Test
    void the_last_call_is_made_once_however_early_the_pipeline_ends() throws Exception {
        for (int round = 0; round < 1_000; round++) {
            AtomicInteger calls = new AtomicInteger();
            Pipeline.from(List.of(1))
                    .to("sink", i -> {})
                    .onProgress(Duration.ofDays(1), stages -> calls.incrementAndGet())
                    .start()
                    .awaitCompletion();
            assertEquals(1, calls.get(), "in round " + round);
        }
    }
}
