package dev.weir.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures threads that do the same at the same time, in slices that are shorter than a scheduler's. They begin each
 * slice together, and only those count in which each thread had a processor for itself from beginning to end: on a
 * machine that is shared, a thread that is alone meanwhile would look like one that is not contended. A round without
 * such slices is {@link Double#NaN}.
 */
final class Slices implements Trial {
    /** What a thread does in a slice. */
    @FunctionalInterface
    interface Loop {
        void run(int operations) throws Exception;

        /** Whether nothing came between that the slice does not show. */
        default boolean wasWhole() {
            return true;
        }
    }

    /** Makes what the threads of a round share. */
    @FunctionalInterface
    interface Shared {
        Loop loop() throws Exception;
    }

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int SLICES = 40;
    private static final int ENOUGH = 20;
    private static final int LEAST = 3;
    private static final int ATTEMPTS = 30;
    private static final long SLICE_NANOS = 400_000;
    private static final long SPIN_NANOS = 2_000_000;

    /** How much of a slice a thread may not run, or not overlap with the others. */
    private static final double LOST = 0.1;

    private final int threads;
    private final Shared shared;
    private final boolean parks;
    private final boolean quick;
    private final long warmUpNanos;
    private final int leastOperations;
    private int operations;

    /** One thread's slice. */
    private record Slice(long start, long end, boolean isWhole) {
        long nanos() {
            return end - start;
        }
    }

    /**
     * How threads are measured.
     *
     * @param threads how many
     * @param parks whether they may park, so that one that does not run may be one that waits
     * @param leastOperations how many operations a slice has at least
     */
    Slices(int threads, boolean parks, int leastOperations, Shared shared, Settings settings) {
        this.threads = threads;
        this.parks = parks;
        this.leastOperations = settings.operations(leastOperations);
        this.operations = this.leastOperations;
        this.shared = shared;
        this.quick = settings.quick();
        this.warmUpNanos = settings.warmUp().toNanos();
    }

    @Override
    public void warmUp() throws Exception {
        long start = System.nanoTime();
        do {
            // Of each thread alone: in the first slices they do not meet.
            double nanos = Stats.of(run(quick ? 2 : SLICES, shared.loop()).stream()
                            .flatMap(List::stream)
                            .map(slice -> (double) slice.nanos() / operations)
                            .toList())
                    .median();
            operations = Math.clamp((long) (SLICE_NANOS / Math.max(0.1, nanos)), leastOperations, 1_000_000);
        } while (System.nanoTime() - start < warmUpNanos);
    }

    @Override
    public Sample measure() throws Exception {
        Loop loop = shared.loop();
        List<Double> found = new ArrayList<>();
        for (int attempt = 0; attempt < ATTEMPTS && found.size() < ENOUGH; attempt++) {
            found.addAll(whole(run(quick ? 3 : SLICES, loop)));
        }
        return new Sample(
                found.size() < (quick ? 1 : LEAST)
                        ? Double.NaN
                        : Stats.of(found).median(),
                Double.NaN);
    }

    private List<List<Slice>> run(int slices, Loop loop) throws Exception {
        List<List<Slice>> all = new ArrayList<>();
        List<Meeting.Part> parts = new ArrayList<>();
        AtomicLong arrived = new AtomicLong();
        for (int thread = 0; thread < threads; thread++) {
            List<Slice> its = new ArrayList<>();
            all.add(its);
            parts.add(() -> {
                for (int slice = 1; slice <= slices; slice++) {
                    arrive(arrived, (long) slice * threads);
                    its.add(slice(loop));
                }
            });
        }
        Meeting.measure(Meeting.platformThreads(), 1, parts);
        return all;
    }

    /** Spins, as a thread that parks does not begin together with the others. */
    private static void arrive(AtomicLong arrived, long expected) throws InterruptedException {
        arrived.getAndIncrement();
        long start = System.nanoTime();
        while (arrived.get() < expected) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (System.nanoTime() - start < SPIN_NANOS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private Slice slice(Loop loop) throws Exception {
        long processor = THREADS.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        loop.run(operations);
        long end = System.nanoTime();
        boolean ran = parks || isWhole(end - start, THREADS.getCurrentThreadCpuTime() - processor);
        return new Slice(start, end, ran && loop.wasWhole());
    }

    /** Whether a thread ran nearly all the time. */
    static boolean isWhole(long nanos, long processorNanos) {
        return nanos - processorNanos <= LOST * nanos;
    }

    /** The time for each operation of whichever thread, of the slices that count. */
    private List<Double> whole(List<List<Slice>> slices) {
        List<Double> found = new ArrayList<>();
        for (int number = 0; number < slices.getFirst().size(); number++) {
            int which = number;
            List<Slice> together = slices.stream().map(its -> its.get(which)).toList();
            long first = together.stream().mapToLong(Slice::start).min().getAsLong();
            long lastStart = together.stream().mapToLong(Slice::start).max().getAsLong();
            long firstEnd = together.stream().mapToLong(Slice::end).min().getAsLong();
            long last = together.stream().mapToLong(Slice::end).max().getAsLong();
            boolean isTogether = firstEnd - lastStart >= (1 - 2 * LOST) * (last - first);
            if (quick || (isTogether && together.stream().allMatch(Slice::isWhole))) {
                found.add((double) (last - first) / ((long) operations * threads));
            }
        }
        return found;
    }
}
