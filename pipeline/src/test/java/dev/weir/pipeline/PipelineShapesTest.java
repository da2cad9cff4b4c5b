package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.assertStagesBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static dev.weir.pipeline.Flows.stage;
import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Filters, flat maps, and pipelines that part and meet. */
@Timeout(60)
class PipelineShapesTest {
    @Test
    void a_filter_keeps_what_its_condition_says() throws Exception {
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(10))
                .filter("even", i -> i % 2 == 0)
                .to("sink", out::add)
                .start();
        pipeline.awaitCompletion();
        assertEquals(List.of(0, 2, 4, 6, 8), out);
        assertEquals(5, stage(pipeline, "even").filtered());
        assertBalanced(pipeline, "");
    }

    @Test
    void a_flat_map_turns_one_into_any_number() throws Exception {
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(4))
                .flatMap("repeat", i -> Collections.nCopies(i, i))
                .to("sink", out::add)
                .start();
        pipeline.awaitCompletion();
        assertEquals(List.of(1, 2, 2, 3, 3, 3), out);
        assertEquals(4, stage(pipeline, "repeat").out());
        assertEquals(6, stage(pipeline, "repeat").emitted());
        assertBalanced(pipeline, "");
    }

    /** A source that fails after every second element, and a decoration that opens it anew behind those. */
    @Test
    void a_flat_map_whose_source_restarts_with_a_backoff_loses_nothing() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        List<Long> opened = Collections.synchronizedList(new ArrayList<>());
        List<Integer> out = Collections.synchronizedList(new ArrayList<>());
        RunningPipeline running = PipelineSnippets.<Integer>restart(
                        List.of("topic"),
                        topic -> given -> {
                            opened.add(given);
                            return IntStream.range((int) given, 7)
                                    .peek(i -> {
                                        if (i == given + 2) {
                                            throw new UncheckedIOException(new IOException("expected"));
                                        }
                                    })
                                    .iterator();
                        },
                        time)
                .to("sink", out::add)
                .start();
        for (int failures = 1; failures <= 3; failures++) {
            time.awaitWaiters(1);
            assertEquals(2 * failures, opened.getLast() + 2);
            time.advance(Duration.ofSeconds(1));
        }
        running.awaitCompletion();
        assertEquals(List.of(0L, 2L, 4L, 6L), opened);
        assertEquals(numbers(7), out);
        assertBalanced(running, "");
    }

    @Test
    void a_flat_map_that_fails_on_the_way_has_failed_on_its_element() throws Exception {
        List<Integer> out = new ArrayList<>();
        Iterable<Integer> broken = () -> new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                if (next == 2) {
                    throw new IllegalStateException("expected");
                }
                return true;
            }

            @Override
            public Integer next() {
                return next++;
            }
        };
        RunningPipeline pipeline = Pipeline.from(numbers(3))
                .flatMap("repeat", i -> i == 1 ? broken : List.of(10 * i))
                .onError(ErrorPolicy.skip())
                .to("sink", out::add)
                .start();
        pipeline.awaitCompletion();
        assertEquals(List.of(0, 0, 1, 20), out);
        assertEquals(1, stage(pipeline, "repeat").skipped());
        assertBalanced(pipeline, "");
    }

    @Test
    void a_stream_is_read_and_closed() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        List<Integer> out = new ArrayList<>();
        Stream<Integer> stream = numbers(3).stream().onClose(() -> closed.set(true));
        Pipeline.from(stream).to("sink", out::add).start().awaitCompletion();
        assertEquals(numbers(3), out);
        assertTrue(closed.get());
    }

    @Test
    void merged_pipelines_deliver_the_elements_of_all_and_end_with_the_last() throws Exception {
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.merge(
                        Pipeline.from(numbers(100)).named("a").map("negate", i -> -i),
                        Pipeline.from(numbers(50)).named("b"),
                        Pipeline.from(List.<Integer>of()).named("c"))
                .map("same", i -> i)
                .to("sink", out::add)
                .start();
        pipeline.awaitCompletion();
        assertEquals(150, out.size());
        List<Integer> expected = new ArrayList<>(numbers(50));
        numbers(100).forEach(i -> expected.add(-i));
        Collections.sort(expected);
        Collections.sort(out);
        assertEquals(expected, out);
        assertEquals(150, stage(pipeline, "same").in());
        assertStagesBalanced(pipeline, "");
        assertEquals(
                List.of("a", "negate", "b", "c", "same", "sink"),
                pipeline.metrics().stream().map(StageMetrics::name).toList());
    }

    @Test
    void a_drain_stops_all_sources_that_were_merged() throws Exception {
        Channel<Integer> silent = Channel.bounded(1);
        AtomicInteger read = new AtomicInteger();
        AtomicInteger sunk = new AtomicInteger();
        RunningPipeline pipeline = Pipeline.merge(Pipeline.from(Flows.endless(read)), Pipeline.from(silent))
                .to("sink", i -> sunk.incrementAndGet())
                .start();
        await().until(() -> sunk.get() > 100);
        assertTrue(pipeline.drain(Deadline.never()));
        assertEquals(read.get(), sunk.get());
        assertStagesBalanced(pipeline, "");
    }

    @Test
    void a_lone_element_flows_at_once_through_large_buffers() throws Exception {
        Channel<Integer> source = Channel.bounded(10);
        Channel<Integer> out = Channel.bounded(10);
        RunningPipeline pipeline = Pipeline.from(source)
                .mapParallel("a", 3, i -> i)
                .buffer(1_000)
                .mapParallelOrdered("b", 3, i -> i)
                .buffer(1_000)
                .flatMap("c", List::of)
                .buffer(1_000)
                .to("sink", out::send)
                .buffer(1_000)
                .start();
        for (int i = 0; i < 100; i++) {
            source.send(i);
            assertEquals(i, out.receive());
        }
        source.close();
        pipeline.awaitCompletion();
    }

    @Test
    void broadcast_gives_every_branch_everything() throws Exception {
        List<Integer> doubled = new ArrayList<>();
        ConcurrentLinkedQueue<Integer> odd = new ConcurrentLinkedQueue<>();
        RunningPipeline pipeline = Pipeline.from(numbers(100))
                .broadcast()
                .into(
                        all -> all.map("double", i -> 2 * i).to("doubled", doubled::add),
                        all -> all.filter("odd", i -> i % 2 == 1).toParallel("odds", 3, odd::add))
                .start();
        pipeline.awaitCompletion();
        assertEquals(numbers(100).stream().map(i -> 2 * i).toList(), doubled);
        assertEquals(50, odd.size());
        assertEquals(100, stage(pipeline, "broadcast").out());
        assertEquals(200, stage(pipeline, "broadcast").emitted());
        assertStagesBalanced(pipeline, "");
    }

    @Test
    void equal_keys_go_to_the_same_branch() throws Exception {
        List<List<Integer>> branches = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        AtomicInteger next = new AtomicInteger();
        List<Integer> met = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(300))
                .partitionBy(i -> i % 3)
                .through(3, branch -> {
                    List<Integer> mine = branches.get(next.getAndIncrement());
                    return branch.map("branch", i -> {
                        mine.add(i);
                        return i;
                    });
                })
                .to("sink", met::add)
                .start();
        pipeline.awaitCompletion();
        for (int key = 0; key < 3; key++) {
            int remainder = key;
            assertEquals(numbers(300).stream().filter(i -> i % 3 == remainder).toList(), branches.get(key));
        }
        Collections.sort(met);
        assertEquals(numbers(300), met);
        assertStagesBalanced(pipeline, "");
    }

    @Test
    void balance_goes_round_a_branch_that_is_stuck() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger free = new AtomicInteger();
        RunningPipeline pipeline = Pipeline.from(numbers(500))
                .balance()
                .into(
                        branch -> branch.to("stuck", i -> gate.await()).buffer(2),
                        branch -> branch.to("free", i -> {
                                    if (free.incrementAndGet() == 497) { // the others are stuck, one of them in work
                                        gate.countDown();
                                    }
                                })
                                .buffer(2))
                .start();
        pipeline.awaitCompletion();
        assertEquals(
                500, stage(pipeline, "stuck").out() + stage(pipeline, "free").out());
        assertStagesBalanced(pipeline, "");
    }

    /** A full branch with few before it is not chosen, and not looked at again and again, while another has room. */
    @Test
    void balance_fills_every_branch_whatever_their_buffers() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        RunningPipeline pipeline = Pipeline.from(numbers(100))
                .balance()
                .into(
                        branch -> branch.to("small", i -> gate.await()).buffer(1),
                        branch -> branch.to("large", i -> gate.await()).buffer(16))
                .start();
        // One of the 16 may have been taken after the last was sent, which is too few to send more.
        await().until(() -> stage(pipeline, "large").queued() >= 15
                && stage(pipeline, "small").queued() == 1);
        gate.countDown();
        pipeline.awaitCompletion();
        assertStagesBalanced(pipeline, "");
    }

    @Test
    void a_failure_in_one_branch_ends_all() {
        IOException cause = new IOException("expected");
        RunningPipeline pipeline = Pipeline.from(Flows.endless(new AtomicInteger()))
                .broadcast()
                .into(
                        all -> all.to("good", i -> {}),
                        all -> all.to("bad", i -> {
                            if (i == 50) {
                                throw cause;
                            }
                        }))
                .start();
        PipelineException failure = assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertEquals("stage bad failed on 50", failure.getMessage());
        assertStagesBalanced(pipeline, "");
    }

    @Test
    void a_key_that_is_null_fails_in_the_stage_that_parts() {
        RunningPipeline pipeline = Pipeline.from(numbers(1))
                .partitionBy(i -> null)
                .into(one -> one.to("sink", i -> {}))
                .start();
        assertEquals(
                "partition",
                assertThrows(PipelineException.class, pipeline::awaitCompletion).stage());
    }

    @Test
    void a_part_that_is_used_twice_or_leads_nowhere_is_refused_at_the_start() {
        Pipeline<Integer> shared = Pipeline.from(numbers(1)).map("shared", i -> i);
        Pipeline.Complete twice =
                Pipeline.merge(shared.map("a", i -> i), shared.map("b", i -> i)).to("sink", i -> {});
        assertEquals(
                "what comes from stage shared is used twice; use broadcast for that",
                assertThrows(IllegalStateException.class, twice::start).getMessage());
        Pipeline.Complete nowhere = Pipeline.from(numbers(1))
                .broadcast()
                .into(
                        one -> one.to("sink", i -> {}),
                        two -> Pipeline.from(numbers(1)).to("other", i -> {}));
        assertEquals(
                "a branch of stage broadcast leads nowhere",
                assertThrows(IllegalStateException.class, nowhere::start).getMessage());
    }

    @Test
    void several_sinks_are_changed_where_they_are() {
        Pipeline.Complete sinks =
                Pipeline.from(numbers(1)).broadcast().into(one -> one.to("a", i -> {}), two -> two.to("b", i -> {}));
        assertThrows(IllegalStateException.class, () -> sinks.buffer(1));
    }
}
