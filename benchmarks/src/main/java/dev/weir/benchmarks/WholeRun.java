package dev.weir.benchmarks;

/**
 * Measures a whole run of many operations, for work in which threads meet. The warm-up lasts as long as is set, and at
 * least two runs; if the number of operations is not fixed, it also finds out how many make a run that takes long
 * enough.
 */
final class WholeRun implements Trial {
    /** A run of a given number of operations. */
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
    private final long warmUpNanos;
    private final long targetNanos;
    private final boolean fixed;
    private int operations;

    private WholeRun(int operations, boolean fixed, Settings settings, Run run) {
        this.operations = operations;
        this.fixed = fixed;
        this.warmUpNanos = settings.warmUp().toNanos();
        this.targetNanos = settings.wholeRun().toNanos();
        this.run = run;
    }

    /** Runs that take about as long as is set. The numbers of operations are multiples of a thousand. */
    static WholeRun lasting(Settings settings, Run run) {
        return new WholeRun(FIRST, false, settings, run);
    }

    /** Runs of a given number of operations; if a run is short, a round has several. */
    static WholeRun of(int operations, Settings settings, Run run) {
        return new WholeRun(operations, true, settings, run);
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
        double spent = 0;
        int longEnough = 0;
        while (longEnough < WARM_UPS || spent < warmUpNanos) {
            double nanos = run.of(operations).nanos() * operations;
            spent += nanos;
            if (!fixed && nanos < targetNanos && operations < MOST) {
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
        int runs = 0;
        double nanos = 0;
        double bytes = 0;
        do {
            Sample sample = run.of(operations);
            runs++;
            nanos += sample.nanos();
            bytes += sample.bytes();
        } while (fixed && nanos * operations < targetNanos);
        return new Sample(nanos / runs, bytes / runs);
    }
}
