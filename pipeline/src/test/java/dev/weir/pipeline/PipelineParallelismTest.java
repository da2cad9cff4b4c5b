package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers that join and retire while a pipeline runs. */
@Timeout(60)
class PipelineParallelismTest {
    /** How a stage passes on. */
    enum Kind {
        UNORDERED,
        ORDERED,
        BY_KEY,
        SINK;

        /** A stage named {@code work} with this function, and what it gives to a sink. */
        Pipeline.Complete stage(Pipeline<Integer> from, int workers, Work work, List<Integer> sunk) {
            return switch (this) {
                case UNORDERED -> from.mapParallel("work", workers, work::of).to("sink", sunk::add);
                case ORDERED ->
                    from.mapParallelOrdered("work", workers, work::of).to("sink", sunk::add);
                case BY_KEY ->
                    from.mapParallelByKey("work", workers, i -> i % 7, work::of).to("sink", sunk::add);
                case SINK -> from.toParallel("work", workers, i -> sunk.add(work.of(i)));
            };
        }
    }

    private interface Work {
        Integer of(Integer element) throws InterruptedException;
    }

    /** A function that waits for a permit for each element, and knows how many are in it. */
    private static final class Turnstile implements Work {
        final Semaphore permits = new Semaphore(0);
        final AtomicInteger inside = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();

        @Override
        public Integer of(Integer element) throws InterruptedException {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            try {
                permits.acquire();
            } finally {
                inside.decrementAndGet();
            }
            return element;
        }

        void await(int number) {
            Call.until(() -> inside.get() == number);
        }
    }

    private final Channel<Integer> source = Channel.unbounded();
    private final Turnstile turnstile = new Turnstile();
    private final List<Integer> sunk = Collections.synchronizedList(new ArrayList<>());

    private void send(int from, int to) {
        for (int i = from; i < to; i++) {
            assertTrue(source.asBlockingQueue().offer(i));
        }
    }

    private List<Integer> sorted() {
        return sunk.stream().sorted().toList();
    }

    private RunningPipeline withFourIdleWorkers(Kind kind) {
        RunningPipeline running =
                kind.stage(Pipeline.from(source), 4, turnstile, sunk).start();
        send(0, 4);
        turnstile.await(4);
        turnstile.permits.release(4);
        Call.until(() -> sunk.size() == 4);
        List<StageWorker> workers = running.run.stage("work").workers;
        Call.until(() -> workers.stream().allMatch(PipelineParallelismTest::waitsForAnElement));
        return running;
    }

    private static boolean waitsForAnElement(StageWorker worker) {
        return !worker.isBusy() && worker.thread().getState() == Thread.State.WAITING;
    }

    @ParameterizedTest
    @EnumSource
    void workers_that_are_added_begin_at_once(Kind kind) throws Exception {
        RunningPipeline running =
                kind.stage(Pipeline.from(source), 1, turnstile, sunk).start();
        send(0, 7);
        turnstile.await(1);
        running.parallelism("work", 4);
        turnstile.await(4);
        assertEquals(4, Flows.stage(running, "work").workers());
        turnstile.permits.release(100);
        source.close();
        running.awaitCompletion();
        assertEquals(numbers(7), sorted());
        assertEquals(4, Flows.stage(running, "work").workers());
        assertBalanced(running, "");
    }

    /** All wait for an element when they become superfluous. */
    @ParameterizedTest
    @EnumSource
    void idle_workers_that_are_superfluous_take_no_further_element(Kind kind) throws Exception {
        RunningPipeline running = withFourIdleWorkers(kind);
        running.parallelism("work", 1);
        turnstile.most.set(0);
        send(4, 20);
        turnstile.permits.release(16);
        Call.until(() -> sunk.size() == 20);
        assertEquals(1, turnstile.most.get());
        source.close();
        running.awaitCompletion();
        assertEquals(numbers(20), sorted());
        assertBalanced(running, "");
    }

    /** They are woken after the number has changed; the change waits here until they rest. */
    @ParameterizedTest
    @EnumSource
    void idle_workers_that_are_superfluous_end_though_no_element_comes(Kind kind) throws Exception {
        RunningPipeline running = withFourIdleWorkers(kind);
        Stage stage = running.run.stage("work");
        stage.resizing.lock();
        Call<Void> change;
        try {
            change = Call.thatWaits(() -> {
                running.parallelism("work", 1);
                return null;
            });
        } finally {
            stage.resizing.unlock();
        }
        change.result();
        Call.until(() -> stage.presentWorkers() == 1);
        source.close();
        running.awaitCompletion();
        assertBalanced(running, "");
    }

    @ParameterizedTest
    @EnumSource
    void a_busy_worker_that_is_superfluous_finishes_what_it_has_in_hand(Kind kind) throws Exception {
        RunningPipeline running =
                kind.stage(Pipeline.from(source), 4, turnstile, sunk).start();
        send(0, 4);
        turnstile.await(4);
        running.parallelism("work", 2);
        send(4, 30);
        turnstile.permits.release(4);
        turnstile.await(2);
        turnstile.most.set(0);
        turnstile.permits.release(26);
        source.close();
        running.awaitCompletion();
        assertTrue(turnstile.most.get() <= 2, turnstile.most + " at once");
        assertEquals(numbers(30), sorted());
        assertBalanced(running, "");
    }

    /** Those set aside for its key are worked on although it is superfluous, before it retires. */
    @Test
    void a_superfluous_worker_of_a_stage_by_keys_works_on_what_was_set_aside_for_it() throws Exception {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        RunningPipeline running = Pipeline.from(source)
                .mapParallelByKey("work", 3, i -> i % 2, turnstile::of)
                .to("sink", order::add)
                .start();
        send(0, 6);
        turnstile.await(2);
        Call.until(() -> Flows.stage(running, "work").in() == 6); // four of them are set aside
        running.parallelism("work", 1);
        turnstile.permits.release(6);
        source.close();
        running.awaitCompletion();
        assertEquals(List.of(0, 2, 4), order.stream().filter(i -> i % 2 == 0).toList());
        assertEquals(List.of(1, 3, 5), order.stream().filter(i -> i % 2 == 1).toList());
        assertBalanced(running, "");
    }

    @ParameterizedTest
    @EnumSource
    void no_element_is_lost_or_overtakes_another_while_the_number_of_workers_changes(Kind kind) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            List<Integer> out = Collections.synchronizedList(new ArrayList<>());
            int count = 1 + random.nextInt(2_000);
            Pipeline<Integer> numbers = Pipeline.from(numbers(count));
            Pipeline.Complete pipeline = kind.stage(numbers, 1 + random.nextInt(4), i -> i, out);
            RunningPipeline running = (random.nextBoolean() ? pipeline : pipeline.onPlatformThreads()).start();
            while (!running.awaitCompletion(Duration.ofNanos(random.nextInt(200_000) + 1L))) {
                running.parallelism("work", 1 + random.nextInt(8));
            }
            assertEquals(numbers(count), out.stream().sorted().toList(), "seed " + seed);
            if (kind == Kind.ORDERED) {
                assertEquals(numbers(count), out, "seed " + seed);
            }
            if (kind == Kind.BY_KEY) {
                assertKeysInOrder(out, "seed " + seed);
            }
            assertBalanced(running, "seed " + seed);
        }
    }

    private static void assertKeysInOrder(List<Integer> out, String what) {
        Map<Integer, Integer> last = new HashMap<>();
        for (int element : out) {
            Integer before = last.put(element % 7, element);
            assertTrue(before == null || before < element, what);
        }
    }

    /** A worker that joins goes on with what one that has retired has left: its counts, and its number. */
    @Test
    void workers_that_come_and_go_leave_nothing_behind() throws Exception {
        Set<String> names = ConcurrentHashMap.newKeySet();
        RunningPipeline running = Pipeline.from(source)
                .mapParallel("work", 1, i -> {
                    names.add(Thread.currentThread().getName());
                    return i;
                })
                .to("sink", sunk::add)
                .start();
        int sent = 0;
        for (int round = 0; round < 200; round++) {
            running.parallelism("work", 1 + round % 2 * 3);
            send(sent, sent + 5);
            sent += 5;
            int all = sent;
            Call.until(() -> sunk.size() == all);
        }
        source.close();
        running.awaitCompletion();
        assertTrue(names.size() <= 16, names.toString());
        assertEquals(numbers(sent), sorted());
        assertBalanced(running, "");
    }

    @Test
    void the_time_between_a_retirement_and_the_next_worker_does_not_count() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        RunningPipeline running = Pipeline.from(source)
                .timeSource(time)
                .mapParallel("work", 2, turnstile::of)
                .to("sink", sunk::add)
                .start();
        send(0, 2);
        turnstile.await(2);
        running.parallelism("work", 1);
        turnstile.permits.release(2);
        Stage stage = running.run.stage("work");
        Call.until(() -> stage.workers.stream().anyMatch(StageWorker::isVacant)); // its time is counted
        send(2, 3);
        turnstile.await(1);
        time.advance(Duration.ofHours(1)); // one of them is busy
        running.parallelism("work", 2);
        send(3, 4);
        turnstile.await(2);
        StageMetrics work = Flows.stage(running, "work");
        assertEquals(Duration.ofHours(1), work.busy().plus(work.starved()).plus(work.blocked()));
        turnstile.permits.release(2);
        source.close();
        running.awaitCompletion();
    }

    @Test
    void an_ordered_stage_has_as_many_workers_as_its_window_has_places() throws Exception {
        RunningPipeline running = Pipeline.from(source)
                .mapParallelOrdered("narrow", 2, i -> i)
                .buffer(4)
                .mapParallelOrdered("wide", 5, i -> i)
                .buffer(4)
                .to("sink", sunk::add)
                .start();
        running.parallelism("narrow", 4);
        running.parallelism("wide", 5);
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> running.parallelism("narrow", 5));
        assertEquals(
                "workers of stage narrow must be at most 4, the window of its order, but is 5", refused.getMessage());
        assertThrows(IllegalArgumentException.class, () -> running.parallelism("wide", 6));
        assertEquals(4, Flows.stage(running, "narrow").workers());
        send(0, 9);
        source.close();
        running.awaitCompletion();
        assertEquals(numbers(9), sunk);
    }

    @ParameterizedTest
    @ValueSource(strings = {"source", "map", "filter", "batch", "flat", "sink"})
    void a_stage_that_works_on_one_element_after_the_other_is_refused(String stage) throws Exception {
        RunningPipeline running = Pipeline.from(source)
                .map("map", i -> i)
                .filter("filter", i -> true)
                .flatMap("flat", List::of)
                .batch(2, Duration.ofSeconds(1))
                .to("sink", batch -> {})
                .start();
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> running.parallelism(stage, 2));
        assertEquals("stage " + stage + " works on one element after the other", refused.getMessage());
        assertEquals(1, Flows.stage(running, stage).workers());
        Flows.abort(running);
    }

    @Test
    void what_is_out_of_range_is_refused_by_name() throws Exception {
        RunningPipeline running =
                Pipeline.from(source).toParallel("sink", 2, sunk::add).start();
        assertEquals(
                "stage must be one of the pipeline's, but is sunk",
                assertThrows(IllegalArgumentException.class, () -> running.parallelism("sunk", 2))
                        .getMessage());
        assertEquals(
                "workers must be at least 1, but is 0",
                assertThrows(IllegalArgumentException.class, () -> running.parallelism("sink", 0))
                        .getMessage());
        assertEquals(2, Flows.stage(running, "sink").workers());
        source.close();
        running.awaitCompletion();
        running.parallelism("sink", 3);
        assertEquals(2, Flows.stage(running, "sink").workers());
    }

    @Test
    void workers_that_join_an_aborted_pipeline_end_with_it() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(numbers(100))
                .mapParallel("work", 1, i -> {
                    stuck.countDown();
                    while (goOn.getCount() > 0) {
                        try {
                            goOn.await();
                        } catch (InterruptedException ignored) {
                            // a function that ignores its interrupt
                        }
                    }
                    return i;
                })
                .to("sink", sunk::add)
                .start();
        stuck.await();
        running.abort();
        running.parallelism("work", 3);
        goOn.countDown();
        Flows.abort(running);
        assertEquals(List.of(), sunk);
        Flows.assertStagesBalanced(running, "");
    }

    /** The stage has seen the end of its elements, and the stage behind it has not taken all of them. */
    @Test
    void a_stage_that_is_over_stays_so() throws Exception {
        Turnstile sink = new Turnstile();
        RunningPipeline running = Pipeline.from(numbers(5))
                .mapParallel("work", 2, i -> i)
                .to("sink", sink::of)
                .start();
        Call.until(() -> Flows.stage(running, "work").out() == 5);
        sink.await(1);
        running.parallelism("work", 4);
        running.parallelism("work", 1);
        sink.permits.release(5);
        assertTrue(running.drain(Deadline.never()));
        assertEquals(5, Flows.stage(running, "sink").out());
        assertBalanced(running, "");
    }
}
