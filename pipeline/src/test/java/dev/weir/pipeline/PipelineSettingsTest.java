package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static dev.weir.pipeline.Flows.stage;
import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.channel.Channel;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Settings of stages: defaults, names, batches by weight, and handlers that wait. */
@Timeout(60)
class PipelineSettingsTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final List<Object> out = new ArrayList<>();

    private static int failOdd(int i) throws IOException {
        if (i % 2 == 1) {
            throw new IOException("expected");
        }
        return i;
    }

    // ---- defaults

    @Test
    void defaults_hold_for_all_stages_behind_them_and_for_none_before() throws Exception {
        RunningPipeline running = Pipeline.from(numbers(10))
                .defaults(each -> each.onError(ErrorPolicy.skip()))
                .map("odd", PipelineSettingsTest::failOdd)
                .balance()
                .through(2, branch -> branch.map("four", i -> failOdd(i / 2) * 2))
                .to("sink", i -> {
                    failOdd(i / 4);
                    out.add(i);
                })
                .start();
        running.awaitCompletion();
        assertEquals(List.of(0, 8), out.stream().sorted().toList());
        assertEquals(5, stage(running, "odd").skipped());
        RunningPipeline before = Pipeline.from(numbers(10))
                .map("odd", PipelineSettingsTest::failOdd)
                .defaults(each -> each.onError(ErrorPolicy.skip()))
                .to("sink", i -> {})
                .start();
        assertThrows(PipelineException.class, before::awaitCompletion);
    }

    @Test
    void a_stage_may_differ_from_the_defaults() throws Exception {
        RunningPipeline running = Pipeline.from(numbers(3))
                .defaults(each -> each.onError(ErrorPolicy.skip()).buffer(5))
                .map("strict", PipelineSettingsTest::failOdd)
                .onError(ErrorPolicy.failFast())
                .to("sink", i -> {})
                .start();
        assertThrows(PipelineException.class, running::awaitCompletion);
    }

    @Test
    void later_defaults_change_earlier_ones() throws Exception {
        List<Boolean> virtual = Collections.synchronizedList(new ArrayList<>());
        Pipeline.from(numbers(1))
                .defaults(each -> each.timeout(Duration.ofMillis(20)))
                .defaults(each -> each.onPlatformThreads().onError(ErrorPolicy.skip()))
                .map("timed", i -> {
                    new CountDownLatch(1).await();
                    return i;
                })
                .batch(1, LONG) // to which a timeout does not apply
                .to("sink", out::add)
                .start()
                .awaitCompletion();
        assertEquals(List.of(), out);
        Pipeline.from(numbers(1))
                .defaults(each -> each.onPlatformThreads())
                .map("where", i -> virtual.add(Thread.currentThread().isVirtual()))
                .to("sink", i -> virtual.add(Thread.currentThread().isVirtual()))
                .start()
                .awaitCompletion();
        assertEquals(List.of(false, false), virtual);
    }

    @Test
    void a_default_timeout_holds_for_functions_and_a_default_buffer_for_all() throws Exception {
        RunningPipeline timed = Pipeline.from(numbers(1))
                .defaults(each -> each.timeout(Duration.ofMillis(5)))
                .to("sink", i -> new CountDownLatch(1).await())
                .start();
        PipelineException failure = assertThrows(PipelineException.class, timed::awaitCompletion);
        assertInstanceOf(TimeoutException.class, failure.getCause());
        RunningPipeline full = Pipeline.from(numbers(100))
                .defaults(each -> each.buffer(3))
                .batch(1, LONG)
                .to("sink", i -> new CountDownLatch(1).await())
                .start();
        await().until(() ->
                stage(full, "sink").queued() == 3 && stage(full, "batch").queued() == 3);
        Flows.abort(full);
        assertBalanced(full, "");
    }

    @Test
    void bad_defaults_are_refused() {
        Pipeline<Integer> source = Pipeline.from(numbers(1));
        UnaryOperator<StageDefaults> none = each -> null;
        assertThrows(NullPointerException.class, () -> source.defaults(none));
        assertThrows(IllegalArgumentException.class, () -> source.defaults(each -> each.buffer(0)));
    }

    @Test
    void a_branch_with_a_clock_of_its_own_is_refused() {
        TimeSource own = new ManualTimeSource();
        Pipeline<Integer> source = Pipeline.from(numbers(1));
        assertThrows(
                IllegalStateException.class,
                () -> source.broadcast()
                        .into(
                                branch -> branch.to("one", i -> {}),
                                branch -> branch.timeSource(own).to("other", i -> {})));
        assertThrows(IllegalStateException.class, () -> source.balance().through(branch -> branch.timeSource(own)));
        assertThrows(IllegalStateException.class, () -> source.balance().through(2, branch -> branch.timeSource(own)));
        assertEquals(
                "Pipeline.Complete[into one]",
                source.timeSource(own)
                        .broadcast()
                        .into(branch -> branch.timeSource(own).to("one", i -> {}))
                        .toString());
    }

    // ---- names

    @Test
    void two_stages_of_one_name_are_refused() {
        Pipeline.Complete twice = Pipeline.from(numbers(1)).map("same", i -> i).to("same", i -> {});
        assertEquals(
                "two stages are named same",
                assertThrows(IllegalStateException.class, twice::start).getMessage());
        Pipeline.Complete named = Pipeline.from(numbers(1))
                .batch(1, LONG)
                .named("same")
                .window(LONG)
                .named("same")
                .to("sink", i -> {});
        assertThrows(IllegalStateException.class, named::start);
    }

    @Test
    void stages_without_a_name_and_in_equal_branches_are_numbered() throws Exception {
        RunningPipeline running = Pipeline.from(numbers(10))
                .batch(3, LONG)
                .balance()
                .through(2, branch -> branch.map("work", i -> i))
                .batch(2, LONG)
                .to("sink", out::add)
                .start();
        running.awaitCompletion();
        assertEquals(
                List.of("source", "batch", "balance", "work#1", "work#2", "batch-2", "sink"),
                running.metrics().stream().map(StageMetrics::name).toList());
    }

    // ---- batches by weight

    private static List<Object> weighed(List<Integer> weights, long max) throws InterruptedException {
        List<Object> lists = new ArrayList<>();
        RunningPipeline running = Pipeline.from(weights)
                .batch(max, i -> i, LONG)
                .to("sink", lists::add)
                .start();
        running.awaitCompletion();
        assertBalanced(running, "");
        return lists;
    }

    @Test
    void a_batch_by_weight_is_full_at_its_weight_and_before_an_element_that_is_too_much() throws Exception {
        assertEquals(
                List.of(List.of(3, 4), List.of(5, 5), List.of(9), List.of(2, 0)),
                weighed(List.of(3, 4, 5, 5, 9, 2, 0), 10));
    }

    @Test
    void an_element_that_is_too_heavy_is_a_batch_of_its_own() throws Exception {
        assertEquals(
                List.of(List.of(1), List.of(50), List.of(Integer.MAX_VALUE), List.of(2, 3)),
                weighed(List.of(1, 50, Integer.MAX_VALUE, 2, 3), 10));
    }

    @Test
    void a_weight_that_is_negative_and_a_weigher_that_throws_fail_the_pipeline_and_name_the_element() {
        RunningPipeline negative = Pipeline.from(List.of(1, 2))
                .batch(10, i -> 1 - i, LONG)
                .to("sink", i -> {})
                .start();
        assertEquals(
                2,
                assertThrows(PipelineException.class, negative::awaitCompletion).element());
        IllegalStateException cause = new IllegalStateException("expected");
        RunningPipeline throwing = Pipeline.from(List.of(1, 2))
                .batch(
                        10,
                        i -> {
                            throw cause;
                        },
                        LONG)
                .to("sink", i -> {})
                .start();
        assertEquals(
                cause,
                assertThrows(PipelineException.class, throwing::awaitCompletion).getCause());
        assertThrows(
                IllegalArgumentException.class, () -> Pipeline.from(numbers(1)).batch(0, i -> 1, LONG));
        assertThrows(
                IllegalArgumentException.class, () -> Pipeline.from(numbers(1)).batch(1, i -> 1, Duration.ZERO));
    }

    @Test
    void batches_by_weight_acknowledge_their_elements() throws Exception {
        List<Integer> acknowledged = new ArrayList<>();
        Pipeline.from(List.of(3, 4, 5, 5, 9))
                .acknowledging(acknowledged::add)
                .batch(10, i -> i, LONG)
                .to("sink", i -> {})
                .start()
                .awaitCompletion();
        assertEquals(9, acknowledged.getLast());
    }

    // ---- handlers that wait

    @Test
    void a_dead_letter_handler_that_waits_holds_up_its_stage() throws Exception {
        Channel<StageFailure> failures = Channel.rendezvous();
        RunningPipeline running = Pipeline.from(numbers(100))
                .map("odd", PipelineSettingsTest::failOdd)
                .onError(ErrorPolicy.deadLetter(failures::send))
                .to("sink", out::add)
                .start();
        await().until(() -> out.size() == 1 && stage(running, "odd").in() == 2);
        for (int i = 1; i < 100; i += 2) {
            assertEquals(i, failures.receive().element());
        }
        running.awaitCompletion();
        assertEquals(50, stage(running, "odd").deadLettered());
        assertEquals(50, out.size());
    }

    @Test
    void a_dead_letter_handler_that_waits_is_interrupted_by_an_abort_and_its_element_is_undelivered() throws Exception {
        Channel<StageFailure> failures = Channel.rendezvous();
        RunningPipeline running = Pipeline.from(List.of(1))
                .map("odd", PipelineSettingsTest::failOdd)
                .onError(ErrorPolicy.deadLetter(failures::send))
                .to("sink", out::add)
                .start();
        await().until(() -> stage(running, "odd").in() == 1);
        running.abort();
        assertThrows(CancellationException.class, running::awaitCompletion);
        assertEquals(1, stage(running, "odd").undelivered());
        assertBalanced(running, "");
    }

    @Test
    void a_dead_letter_handler_that_throws_fails_the_pipeline() {
        IOException cause = new IOException("disk");
        RunningPipeline running = Pipeline.from(List.of(1))
                .map("odd", PipelineSettingsTest::failOdd)
                .onError(ErrorPolicy.deadLetter(failure -> {
                    throw cause;
                }))
                .to("sink", out::add)
                .start();
        PipelineException failure = assertThrows(PipelineException.class, running::awaitCompletion);
        assertEquals(cause, failure.getCause());
        assertEquals("expected", failure.getCause().getSuppressed()[0].getMessage());
    }

    @Test
    void an_acknowledgement_may_wait_for_its_receiver() throws Exception {
        Channel<Integer> acknowledged = Channel.rendezvous();
        RunningPipeline running = Pipeline.from(numbers(3))
                .acknowledging(acknowledged::send)
                .to("sink", out::add)
                .start();
        assertEquals(0, acknowledged.receive());
        assertEquals(1, acknowledged.receive());
        assertEquals(2, acknowledged.receive());
        running.awaitCompletion();
    }
}
