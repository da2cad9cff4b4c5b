package dev.weir.benchmarks;

import dev.weir.benchmarks.Goal.Unit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The worker pool beside others: many small tasks with backpressure, and one task there and back. */
final class PoolBench implements Bench {
    private static final String ROUND_TRIP = "submit and get";
    private static final String HAND_OVER = "Two threads, park and unpark";
    private static final List<Integer> SUBMITTERS = List.of(1, 4);

    @Override
    public String name() {
        return "pool";
    }

    @Override
    public String about() {
        return "execute: empty tasks, or tasks that count down one latch, from one and four threads to two workers,"
                + " until the last has run and the pool has ended; unbounded pools do without the backpressure. submit"
                + " and get: one task at a time, with JMH; beside it what two threads need that wake each other.";
    }

    @Override
    public List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        for (boolean counting : new boolean[] {false, true}) {
            for (int submitters : SUBMITTERS) {
                Pools.all()
                        .forEach((contender, pool) -> entries.add(new Entry(
                                execute(counting, submitters),
                                contender,
                                WholeRun.lasting(settings, tasks -> executeAll(pool, counting, submitters, tasks)))));
            }
        }
        for (String contender : Pools.all().keySet()) {
            entries.add(new Entry(
                    ROUND_TRIP,
                    contender,
                    JmhTrial.of(PoolOps.class, "submitAndGet", settings).with("contender", contender)));
        }
        entries.add(new Entry(ROUND_TRIP, HAND_OVER, JmhTrial.of(HandOverOps.class, "thereAndBack", settings)));
        return entries;
    }

    private static String execute(boolean counting, int submitters) {
        return (counting ? "execute, counting down, " : "execute, ")
                + submitters
                + (submitters == 1 ? " submitter" : " submitters");
    }

    private static Sample executeAll(Supplier<ExecutorService> pools, boolean counting, int submitters, int tasks)
            throws Exception {
        ExecutorService pool = pools.get();
        CountDownLatch latch = new CountDownLatch(tasks);
        Runnable work = counting ? latch::countDown : () -> {};
        Meeting.Part submitter = () -> {
            for (int task = 0; task < tasks / submitters; task++) {
                pool.execute(work);
            }
        };
        try {
            return Meeting.measure(Meeting.platformThreads(), tasks, Collections.nCopies(submitters, submitter), () -> {
                pool.shutdown();
                if (!pool.awaitTermination(10, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("the pool does not end");
                }
            });
        } finally {
            pool.shutdownNow();
        }
    }

    @Override
    public List<Goal> goals(Results results) {
        List<String> execute = new ArrayList<>();
        for (int submitters : SUBMITTERS) {
            execute.add(execute(false, submitters));
            execute.add(execute(true, submitters));
        }
        return List.of(
                Goal.atMost("pool, time per task", results.worstNanos(execute, Entry.WEIR), 30, Unit.NANOS),
                Goal.atMost(
                        "pool, time per task beside ForkJoinPool",
                        results.worstRatio(execute, Entry.WEIR, Pools.FORK_JOIN),
                        1.0,
                        Unit.RATIO),
                Goal.atMost("pool, allocation per task", results.worstBytes(execute, Entry.WEIR), 0, Unit.BYTES),
                Goal.atMost("pool, round trip", results.worstNanos(List.of(ROUND_TRIP), Entry.WEIR), 8_000, Unit.NANOS),
                Goal.atMost(
                        "pool, round trip beside ForkJoinPool",
                        results.worstRatio(List.of(ROUND_TRIP), Entry.WEIR, Pools.FORK_JOIN),
                        1.0,
                        Unit.RATIO),
                Goal.atMost(
                        "pool, round trip beside two threads that wake each other",
                        results.worstRatio(List.of(ROUND_TRIP), Entry.WEIR, HAND_OVER),
                        1.0,
                        Unit.RATIO));
    }
}
