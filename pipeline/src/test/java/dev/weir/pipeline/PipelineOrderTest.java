package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.endless;
import static dev.weir.pipeline.Flows.numbers;
import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which order parallel stages keep, and what that costs. */
@Timeout(60)
class PipelineOrderTest {
    @RepeatedTest(20)
    void an_ordered_stage_passes_on_in_order_whatever_is_done_first() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int workers = 1 + random.nextInt(8);
        int buffer = 1 + random.nextInt(20);
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(2_000))
                .mapParallelOrdered("work", workers, i -> {
                    if (i % 97 == 0) {
                        Thread.yield();
                    } else if (i % 501 == 0) {
                        Thread.sleep(1);
                    }
                    return i;
                })
                .buffer(buffer)
                .to("sink", out::add)
                .start();
        pipeline.awaitCompletion();
        assertEquals(numbers(2_000), out, "seed " + seed);
        assertBalanced(pipeline, "seed " + seed);
    }

    @RepeatedTest(100)
    void what_came_through_before_an_abort_has_no_gaps() throws Exception {
        List<Integer> out = new ArrayList<>();
        try (RunningPipeline pipeline = Pipeline.from(endless(new AtomicInteger()))
                .mapParallelOrdered("work", 3, i -> i)
                .map("same", i -> i)
                .to("sink", out::add)
                .start()) {
            assertFalse(pipeline.awaitCompletion(Duration.ofMillis(2)));
            pipeline.abort();
        }
        for (int i = 0; i < out.size(); i++) {
            assertEquals(i, out.get(i));
        }
    }

    @Test
    void an_ordered_stage_leaves_out_what_it_fails_on_and_goes_on() throws Exception {
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(100))
                .mapParallelOrdered("work", 4, i -> {
                    if (i % 3 == 0) {
                        throw new IOException("expected");
                    }
                    return i;
                })
                .onError(ErrorPolicy.skip())
                .to("sink", out::add)
                .start();
        pipeline.awaitCompletion();
        assertEquals(numbers(100).stream().filter(i -> i % 3 != 0).toList(), out);
        assertEquals(34, Flows.stage(pipeline, "work").skipped());
        assertBalanced(pipeline, "");
    }

    /** Pitfall: completed work grows without bound behind a slow head. */
    @Test
    void completed_work_behind_a_slow_head_is_bounded() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        List<Integer> out = new ArrayList<>();
        AtomicInteger read = new AtomicInteger();
        try (RunningPipeline pipeline = Pipeline.from(endless(read))
                .mapParallelOrdered("work", 4, i -> {
                    begun.incrementAndGet();
                    if (i == 0) {
                        slow.await();
                    }
                    return i;
                })
                .buffer(8)
                .to("sink", out::add)
                .start()) {
            await().until(() -> begun.get() == 8); // the head, and what fits behind it
            assertFalse(pipeline.awaitCompletion(Duration.ofMillis(20)));
            assertEquals(8, begun.get());
            // the head and seven behind it, one in the hand of each of three workers, eight before them, one more read
            assertTrue(read.get() <= 8 + 3 + 8 + 1, read + " read");
            assertEquals(List.of(), out);
            slow.countDown();
            await().until(() -> Flows.stage(pipeline, "sink").out() > 100);
        }
    }

    @Test
    void elements_of_a_key_are_worked_on_one_after_the_other_and_in_order() throws Exception {
        Set<Integer> busy = ConcurrentHashMap.newKeySet();
        Map<Integer, List<Integer>> byKey = new HashMap<>();
        RunningPipeline pipeline = Pipeline.from(numbers(5_000))
                .mapParallelByKey("work", 4, i -> i % 7, i -> {
                    assertTrue(busy.add(i % 7), "two at once");
                    if (i % 50 == 0) {
                        Thread.yield();
                    }
                    busy.remove(i % 7);
                    return i;
                })
                .to(
                        "sink",
                        i -> byKey.computeIfAbsent(i % 7, key -> new ArrayList<>())
                                .add(i))
                .start();
        pipeline.awaitCompletion();
        for (int key = 0; key < 7; key++) {
            int remainder = key;
            assertEquals(numbers(5_000).stream().filter(i -> i % 7 == remainder).toList(), byKey.get(key));
        }
        assertBalanced(pipeline, "");
    }

    /** Pitfall: grouping by more keys than there are workers deadlocks. */
    @Test
    void more_keys_than_workers_do_not_deadlock() throws Exception {
        RunningPipeline pipeline = Pipeline.from(numbers(10_000))
                .mapParallelByKey("work", 2, i -> i, i -> i)
                .buffer(1)
                .to("sink", i -> {})
                .start();
        pipeline.awaitCompletion();
        assertEquals(10_000, Flows.stage(pipeline, "sink").out());
    }

    @Test
    void a_slow_key_does_not_hold_up_others_until_a_buffer_of_it_waits() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        AtomicInteger others = new AtomicInteger();
        Channel<Integer> source = Channel.bounded(100);
        RunningPipeline pipeline = Pipeline.from(source)
                .mapParallelByKey("work", 2, i -> i, i -> {
                    if (i == 0) {
                        slow.await();
                    } else {
                        others.incrementAndGet();
                    }
                    return i;
                })
                .buffer(4)
                .to("sink", i -> {})
                .start();
        for (int i = 0; i < 4; i++) {
            source.send(0); // one in work, three set aside
        }
        source.send(1);
        await().until(() -> others.get() == 1);
        source.send(0); // the fourth that is set aside
        await().until(() -> Flows.stage(pipeline, "work").in() == 6);
        source.send(2);
        assertFalse(pipeline.awaitCompletion(Duration.ofMillis(20)));
        assertEquals(1, others.get());
        slow.countDown();
        source.close();
        pipeline.awaitCompletion();
        assertEquals(2, others.get());
        assertBalanced(pipeline, "");
    }

    @Test
    void a_key_that_cannot_be_computed_is_a_failure_of_its_element() throws Exception {
        List<StageFailure> dead = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(10))
                .mapParallelByKey("work", 3, i -> i == 5 ? null : i, i -> i)
                .onError(ErrorPolicy.deadLetter(dead::add))
                .to("sink", i -> {})
                .start();
        pipeline.awaitCompletion();
        assertEquals(List.of(5), dead.stream().map(StageFailure::element).toList());
        assertBalanced(pipeline, "");
    }

    @Test
    void aborted_while_workers_wait_for_a_key_or_the_head_everything_is_accounted_for() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        for (boolean ordered : new boolean[] {true, false}) {
            Pipeline<Integer> source = Pipeline.from(endless(new AtomicInteger()));
            Pipeline<Integer> stuck = ordered
                    ? source.mapParallelOrdered("work", 4, i -> stickAt0(i, never))
                    : source.mapParallelByKey("work", 4, i -> 0, i -> stickAt0(i, never));
            RunningPipeline pipeline = stuck.buffer(3).to("sink", i -> {}).start();
            assertFalse(pipeline.awaitCompletion(Duration.ofMillis(20)));
            pipeline.abort();
            assertThrows(java.util.concurrent.CancellationException.class, pipeline::awaitCompletion);
            assertBalanced(pipeline, "");
        }
    }

    private static int stickAt0(int i, CountDownLatch never) throws InterruptedException {
        if (i == 0) {
            never.await();
        }
        return i;
    }
}
