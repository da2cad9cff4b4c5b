package dev.weir.benchmarks;

import java.time.Duration;

/**
 * Measures a whole run of many operations, for work in which threads meet. The warm-up runs until a run takes long
 * enough, with ever more operations; each round then takes that many.
 */
final class WholeRun implements Trial {
    /** A run of so many operations. */
    @FunctionalInterface
    interface Run {
        Sample of(int operations) throws Exception;
    }

    /** A run that is timed from its call to its return. */
    @FunctionalInterface
    interface Task {
        void run(int operations) throws Exception;
    }

    private static final int FIRST = 1_000;
    private static final int MOST = 4_000_000;
    private static final int WARM_UPS = 2;

    private final Run run;
    private final long targetNanos;
    private int operations;

    private WholeRun(int operations, Duration target, Run run) {
        this.operations = operations;
        this.targetNanos = target.toNanos();
        this.run = run;
    }

    /** Runs that take about so long. The numbers of operations are multiples of a thousand. */
    static WholeRun lasting(Duration target, Run run) {
        return new WholeRun(FIRST, target, run);
    }

    /** Runs of so many operations. */
    static WholeRun of(int operations, Run run) {
        return new WholeRun(operations, Duration.ZERO, run);
    }

    /** Times a task, and what all threads allocate meanwhile. */
    static Run timed(Task task) {
        return operations -> {
            long bytes = Heap.allocatedBytes();
            long start = System.nanoTime();
            task.run(operations);
            long nanos = System.nanoTime() - start;
            return new Sample((double) nanos / operations, (double) (Heap.allocatedBytes() - bytes) / operations);
        };
    }

    @Override
    public void warmUp() throws Exception {
        if (targetNanos == 0) {
            run.of(Math.max(1, operations / 10));
            run.of(operations);
            return;
        }
        int longEnough = 0;
        while (longEnough < WARM_UPS) {
            double nanos = run.of(operations).nanos() * operations;
            if (nanos < targetNanos && operations < MOST) {
                double missing = targetNanos / nanos;
                operations = FIRST * (int) Math.ceil(operations * Math.min(2.0, Math.max(1.1, missing)) / FIRST);
                operations = Math.min(operations, MOST);
            } else {
                longEnough++;
            }
        }
    }

    @Override
    public Sample measure() throws Exception {
        System.gc(); // so that nobody pays for what the one before left
        return run.of(operations);
    }
}
