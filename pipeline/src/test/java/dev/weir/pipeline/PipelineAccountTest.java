package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertStagesBalanced;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The account against what a test counts by itself: what the source gave, what each stage dropped, and what each sink
 * got; for pipelines of random stages that end in random ways.
 */
@Timeout(120)
class PipelineAccountTest {
    private static final int ROUNDS = 400;

    /** What one random pipeline is made of, and what it did as seen from outside. */
    private static final class Run {
        final Random random;
        final int fatal;
        final AtomicInteger read = new AtomicInteger();
        final AtomicInteger sunk = new AtomicInteger();
        final ConcurrentLinkedQueue<StageFailure> dead = new ConcurrentLinkedQueue<>();
        private int stages;

        Run(Random random) {
            this.random = random;
            this.fatal = random.nextInt(3) == 0 ? random.nextInt(400) : -1;
        }

        Iterable<Integer> source() {
            int count = random.nextBoolean() ? random.nextInt(300) : Integer.MAX_VALUE;
            return () -> new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return read.get() < count;
                }

                @Override
                public Integer next() {
                    return read.getAndIncrement();
                }
            };
        }

        int work(int element, int salt) throws IOException {
            if (element == fatal) {
                throw new AssertionError("expected, whatever the policy");
            }
            if ((element + salt) % 17 == 0) {
                throw new IOException("expected");
            }
            if ((element + salt) % 29 == 0) {
                Thread.yield();
            }
            if ((element + salt) % 31 == 0) {
                Thread.currentThread().interrupt();
            }
            return element;
        }

        Pipeline<Integer> stages(Pipeline<Integer> pipeline, int count) {
            Pipeline<Integer> longer = pipeline;
            for (int i = 0; i < count; i++) {
                longer = stage(longer, random.nextInt(100));
            }
            return longer;
        }

        private Pipeline<Integer> stage(Pipeline<Integer> before, int salt) {
            String name = "stage" + stages++;
            int workers = 1 + random.nextInt(4);
            return switch (random.nextInt(11)) {
                case 0 -> policy(before.map(name, i -> work(i, salt)));
                case 1 -> policy(before.filter(name, i -> work(i, salt) % 5 != 0));
                case 2 -> policy(before.flatMap(name, i -> Collections.nCopies((work(i, salt) + salt) % 3, i)));
                case 3 -> policy(before.mapParallel(name, workers, i -> work(i, salt)));
                case 4 -> policy(before.mapParallelOrdered(name, workers, i -> work(i, salt)));
                case 5 -> policy(before.mapParallelByKey(name, workers, i -> i % 5, i -> work(i, salt)));
                case 6 ->
                    before.batch(1 + random.nextInt(5), Duration.ofMillis(1)).flatMap(name, batch -> batch);
                case 7 ->
                    before.window(Duration.ofMillis(2), Duration.ofMillis(1 + random.nextInt(2)))
                            .flatMap(name, window -> window);
                case 8 -> before.take(random.nextInt(300));
                case 9 -> policy(before.takeWhile(name, i -> work(i, salt) < 100 + 3 * salt));
                default ->
                    before.balance()
                            .through(
                                    1 + random.nextInt(3),
                                    branch ->
                                            branch.map(name, i -> work(i, salt)).onError(ErrorPolicy.skip()));
            };
        }

        private Pipeline<Integer> policy(Pipeline<Integer> stage) {
            Pipeline<Integer> bounded = stage.buffer(1 + random.nextInt(20));
            return switch (random.nextInt(8)) {
                case 0 -> bounded; // fail fast
                case 1, 2, 3 -> bounded.onError(ErrorPolicy.deadLetter(dead::add));
                default -> bounded.onError(ErrorPolicy.skip());
            };
        }

        Pipeline.Complete sink(Pipeline<Integer> pipeline) {
            return pipeline.toParallel("sink" + stages++, 1 + random.nextInt(3), i -> sunk.incrementAndGet());
        }

        Pipeline.Complete whole() {
            Pipeline<Integer> begun = stages(Pipeline.from(source()), random.nextInt(4));
            return switch (random.nextInt(4)) {
                case 0 -> begun.broadcast().into(this::branch, this::branch);
                case 1 -> begun.partitionBy(i -> i).into(this::branch, this::branch, this::branch);
                default -> branch(begun);
            };
        }

        private Pipeline.Complete branch(Pipeline<Integer> start) {
            return sink(stages(start, random.nextInt(3)));
        }
    }

    @Test
    void the_account_balances_however_it_ends() throws Exception {
        long seed = System.nanoTime();
        System.out.println("the_account_balances_however_it_ends seed " + seed);
        List<String> ends = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            ends.add(play(new Random(seed + round), "round " + round + ", seed " + seed));
        }
        System.out.println("ends: "
                + ends.stream()
                        .distinct()
                        .map(end -> end + " " + Collections.frequency(ends, end))
                        .toList());
        assertTrue(ends.stream().distinct().count() >= 3, "every way to end was taken");
    }

    private static String play(Random random, String what) throws InterruptedException {
        Run run = new Run(random);
        RunningPipeline pipeline = run.whole().start();
        String end = end(pipeline, random);
        assertStagesBalanced(pipeline, what);
        List<StageMetrics> stages = pipeline.metrics();
        assertEquals(run.read.get(), stages.getFirst().in(), what);
        assertEquals(sum(stages, StageMetrics::deadLettered), run.dead.size(), what);
        List<StageMetrics> sinks =
                stages.stream().filter(stage -> stage.name().startsWith("sink")).toList();
        long taken = sum(sinks, StageMetrics::out);
        long begun = taken + sum(sinks, StageMetrics::undelivered);
        assertTrue(taken <= run.sunk.get() && run.sunk.get() <= begun, what + " " + run.sunk + " of " + sinks);
        long emitted = sum(stages, StageMetrics::emitted);
        assertEquals(emitted, sum(stages, StageMetrics::in) - stages.getFirst().in(), what + " " + stages);
        if (!Set.of("failed", "aborted", "not drained").contains(end)) {
            assertEquals(0, sum(stages, StageMetrics::undelivered), what + " " + stages);
            assertEquals(run.sunk.get(), taken, what);
        }
        return end;
    }

    private static long sum(List<StageMetrics> stages, java.util.function.ToLongFunction<StageMetrics> number) {
        return stages.stream().mapToLong(number).sum();
    }

    private static String end(RunningPipeline pipeline, Random random) throws InterruptedException {
        Thread aborter = Thread.ofVirtual().unstarted(pipeline::abort);
        try {
            if (pipeline.awaitCompletion(Duration.ofNanos(random.nextInt(3_000_000)))) {
                return "completed";
            }
            switch (random.nextInt(5)) {
                case 0 -> {
                    boolean all = pipeline.drain(Deadline.after(Duration.ofMillis(random.nextInt(200))));
                    pipeline.awaitCompletion();
                    return all ? "drained" : "not drained";
                }
                case 1 -> {
                    aborter.start();
                    pipeline.drain(Deadline.never());
                    pipeline.awaitCompletion();
                    return "drained";
                }
                case 2 -> {
                    pipeline.pause();
                    aborter.start();
                    pipeline.finish();
                    pipeline.awaitCompletion();
                    return "finished";
                }
                case 3 -> {
                    pipeline.pause();
                    pipeline.resume();
                    pipeline.close();
                    pipeline.awaitCompletion();
                    return "closed";
                }
                default -> {
                    pipeline.abort();
                    pipeline.awaitCompletion();
                    return "completed";
                }
            }
        } catch (PipelineException failed) {
            assertTrue(failed.stage().startsWith("stage"), failed.toString());
            return "failed";
        } catch (CancellationException aborted) {
            return "aborted";
        } finally {
            aborter.join();
        }
    }
}
