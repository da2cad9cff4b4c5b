package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertStagesBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How far a source that checkpoints may forget. */
@Timeout(60)
class PipelineAcknowledgeTest {
    private final StageWorker worker = new StageWorker(TimeSource.system(), new StopCause(), new WorkerCount(1), 1);

    @Test
    void the_mark_moves_over_what_is_contiguous_and_reports_its_end() {
        List<Object> told = new ArrayList<>();
        LowWatermark mark = new LowWatermark(new ManualTimeSource(), (element, by) -> told.add(element));
        AckToken a = mark.begin("a");
        AckToken b = mark.begin("b");
        AckToken c = mark.begin("c");
        AckToken d = mark.begin("d");
        b.release(worker);
        c.release(worker);
        assertEquals(List.of(), told);
        a.release(worker);
        assertEquals(List.of("c"), told);
        assertEquals(1, mark.open());
        d.retain(2);
        d.release(worker);
        d.release(worker);
        assertEquals(List.of("c"), told);
        d.release(worker);
        assertEquals(List.of("c", "d"), told);
        assertEquals(0, mark.open());
    }

    @Test
    void a_listener_that_causes_the_next_mark_gets_it_afterwards() {
        List<Object> told = new ArrayList<>();
        List<AckToken> next = new ArrayList<>();
        LowWatermark mark = new LowWatermark(new ManualTimeSource(), (element, by) -> {
            told.add(element);
            next.forEach(token -> token.release(by));
            next.clear();
            told.add("end of " + element);
        });
        AckToken first = mark.begin(1);
        next.add(mark.begin(2));
        first.release(worker);
        assertEquals(List.of(1, "end of 1", 2, "end of 2"), told);
    }

    @Test
    void elements_are_open_until_their_report_is_over() {
        List<Object> open = new ArrayList<>();
        LowWatermark[] mark = new LowWatermark[1];
        AckToken[] tokens = new AckToken[3];
        mark[0] = new LowWatermark(new ManualTimeSource(), (element, by) -> {
            tokens[2].release(by);
            open.add(mark[0].open());
        });
        for (int i = 0; i < 3; i++) {
            tokens[i] = mark[0].begin(i);
        }
        tokens[1].release(worker);
        tokens[0].release(worker);
        assertEquals(3, open.getFirst());
        assertEquals(1, open.get(1));
        assertEquals(0, mark[0].open());
    }

    @Test
    void everything_is_acknowledged_through_every_kind_of_stage() throws Exception {
        List<Integer> told = Collections.synchronizedList(new ArrayList<>());
        RunningPipeline pipeline = Pipeline.from(numbers(500))
                .acknowledging(told::add)
                .filter("most", i -> i % 10 != 0)
                .mapParallel("work", 3, i -> {
                    if (i % 7 == 0) {
                        throw new IOException("expected");
                    }
                    return i;
                })
                .onError(ErrorPolicy.skip())
                .mapParallelOrdered("ordered", 3, i -> {
                    if (i % 11 == 0) {
                        throw new IOException("expected");
                    }
                    return i;
                })
                .onError(ErrorPolicy.deadLetter(failure -> {}))
                .flatMap("repeat", i -> Collections.nCopies(i % 3, i))
                .mapParallelByKey("keyed", 3, i -> i % 5, i -> i)
                .broadcast()
                .into(
                        all -> all.batch(7, Duration.ofMillis(1)).to("batches", batch -> {}),
                        all -> all.balance()
                                .through(2, one -> one.map("one", i -> i))
                                .window(Duration.ofMillis(2), Duration.ofMillis(1))
                                .partitionBy(List::size)
                                .into(one -> one.to("windows", window -> {})))
                .start();
        pipeline.awaitCompletion();
        assertStagesBalanced(pipeline, "");
        assertEquals(499, told.getLast());
        assertEquals(told.stream().sorted().toList(), told, "it never goes back");
    }

    /** After a failure, whatever the last mark does not cover may be repeated; nothing that it covers was lost. */
    @RepeatedTest(20)
    void nothing_is_acknowledged_that_has_not_reached_the_sink() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int failAt = random.nextInt(400);
        Set<Integer> stored = ConcurrentHashMap.newKeySet();
        List<Integer> told = Collections.synchronizedList(new ArrayList<>());
        RunningPipeline pipeline = Pipeline.from(numbers(400))
                .acknowledging(element -> {
                    for (int i = 0; i <= element; i++) {
                        assertTrue(stored.contains(i), element + " too early, seed " + seed);
                    }
                    told.add(element);
                })
                .mapParallel("work", 4, i -> {
                    if (i == failAt) {
                        throw new IOException("expected");
                    }
                    if (i % 13 == 0) {
                        Thread.yield();
                    }
                    return i;
                })
                .batch(1 + random.nextInt(9), Duration.ofMillis(1))
                .toParallel("store", 2, stored::addAll)
                .start();
        PipelineException failure = assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertEquals("work", failure.stage(), "seed " + seed);
        assertTrue(told.isEmpty() || told.getLast() < failAt, "seed " + seed);
    }

    @Test
    void an_acknowledgement_that_fails_fails_the_pipeline() {
        IOException cause = new IOException("commit");
        RunningPipeline pipeline = Pipeline.from(numbers(10))
                .named("log")
                .acknowledging(i -> {
                    if (i == 3) {
                        throw new IllegalStateException(cause);
                    }
                })
                .to("sink", i -> {})
                .start();
        PipelineException failure = assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertEquals("stage log failed on 3", failure.getMessage());
    }

    @Test
    void a_slow_element_holds_back_the_mark_and_not_the_work() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        CountDownLatch others = new CountDownLatch(49);
        List<Integer> told = Collections.synchronizedList(new ArrayList<>());
        RunningPipeline pipeline = Pipeline.from(numbers(50))
                .acknowledging(told::add)
                .mapParallel("work", 2, i -> {
                    if (i == 0) {
                        slow.await();
                    }
                    return i;
                })
                .to("sink", i -> others.countDown())
                .start();
        others.await();
        assertEquals(List.of(), told);
        slow.countDown();
        pipeline.awaitCompletion();
        assertEquals(List.of(49), told);
    }
}
