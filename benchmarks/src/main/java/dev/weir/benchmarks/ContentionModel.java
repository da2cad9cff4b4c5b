package dev.weir.benchmarks;

import dev.weir.benchmarks.model.Calibration;
import dev.weir.benchmarks.model.Costs;
import dev.weir.benchmarks.model.Counters;
import dev.weir.benchmarks.model.Machine;
import dev.weir.benchmarks.model.Outcome;
import dev.weir.benchmarks.model.Part;
import dev.weir.benchmarks.model.Parts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The model with the costs of this machine. What an access costs comes from the rows of the {@code AtomicLong}; the
 * work of each part besides its accesses is what one thread needs for it, less these. So the model agrees with what one
 * thread shows, and what two show is its test.
 */
final class ContentionModel {
    static final String CALIBRATED = "calibrated";
    static final String STRIPED = "Weir, striped";
    static final String LOCK = "ReentrantLock";
    static final String SPIN_LOCK = "spin lock";
    static final String ADDER = "LongAdder";
    static final String CAS = "CAS loop";
    static final String ATOMIC = "AtomicLong";
    static final String SPACED = "AtomicLong, with work";
    static final String CLOCK = "System.nanoTime";
    static final String SPIN = "Thread.onSpinWait";
    static final String WAKEUP = "park and unpark";
    static final String QUEUE = "ArrayBlockingQueue";
    private static final int GROUP = 8;

    /** What a thread that does nothing else takes in advance. */
    private static final int IN_ADVANCE = 256;

    private static final long SEED = 42;

    private final Results results;
    private final Costs costs;
    private final Map<String, Double> figures = new LinkedHashMap<>();
    private final Map<String, Map<String, Part>> parts = new LinkedHashMap<>();

    private ContentionModel(Results results) {
        this.results = results;
        double hit = one(ContentionBench.PERMIT, ATOMIC);
        double unpark = figure(ContentionBench.PERMIT, 2, WAKEUP, ContentionOps.UNPARK);
        double wake = two(ContentionBench.PERMIT, WAKEUP);
        double work = Math.max(0, one(ContentionBench.PERMIT, SPACED) - hit);
        Costs known = new Costs(hit, 0, 0, one(ContentionBench.PERMIT, SPIN), unpark, wake);
        this.costs =
                Calibration.fit(known, work, two(ContentionBench.PERMIT, SPACED), two(ContentionBench.PERMIT, ATOMIC));
        figures.put("hit", costs.hit());
        figures.put("transfer", costs.transfer());
        figures.put("request, the part of it before the other core knows", costs.request());
        figures.put("a spin", costs.pause());
        figures.put("a call of unpark", costs.unpark());
        figures.put("from its beginning until the woken thread runs", costs.wake());
        permits();
        elements();
        tasks();
    }

    /** The model, or null if something that it needs was not measured. */
    static @Nullable ContentionModel of(Results results) {
        try {
            return new ContentionModel(results);
        } catch (IllegalArgumentException notMeasured) {
            return null;
        }
    }

    private double one(String what, String contender) {
        return measured(results.nanos(ContentionBench.scenario(what, 1), contender));
    }

    private double two(String what, String contender) {
        return measured(results.nanos(ContentionBench.scenario(what, 2), contender));
    }

    private static double measured(double value) {
        if (Double.isNaN(value)) {
            throw new IllegalArgumentException("not all was measured");
        }
        return value;
    }

    private double figure(String what, int threads, String contender, String name) {
        return measured(results.figure(ContentionBench.scenario(what, threads), contender, name)
                .value());
    }

    private void permits() {
        double clock = one(ContentionBench.PERMIT, CLOCK);
        double within = Math.max(0, one(ContentionBench.PERMIT, Entry.WEIR) - costs.hit() - clock);
        figures.put("work of a permit, the clock", clock);
        figures.put("work of a permit, between read and CAS", within);
        Map<String, Part> all = parts.computeIfAbsent(ContentionBench.PERMIT, what -> new LinkedHashMap<>());
        Part limiter = Parts.limiter(clock, within);
        all.put(Entry.WEIR, limiter);
        all.put(Entry.WEIR + ", one for each 8 cores", limiter.oneForEach(GROUP));
        all.put(STRIPED, Parts.stripedLimiter(one(ContentionBench.PERMIT, STRIPED), clock, within, IN_ADVANCE));
        all.put(ATOMIC, Counters.atomic(0));
        all.put(SPACED, Counters.atomic(workOf(ContentionBench.PERMIT, SPACED, Counters::atomic)));
        all.put(CAS, Counters.casLoop(workOf(ContentionBench.PERMIT, CAS, Counters::casLoop)));
        double locked = workOf(ContentionBench.PERMIT, LOCK, Counters::parkingLock);
        all.put(LOCK, Counters.parkingLock(locked));
        all.put(SPIN_LOCK, Counters.spinLock(locked));
        all.put(ADDER, Counters.striped(workOf(ContentionBench.PERMIT, ADDER, Counters::striped)));
    }

    private void elements() {
        Map<String, Part> all = parts.computeIfAbsent(ContentionBench.ELEMENT, what -> new LinkedHashMap<>());
        Part channel = Parts.channel(
                workOf(ContentionBench.ELEMENT, Entry.WEIR, work -> Parts.channel(work, ContentionOps.CAPACITY)),
                ContentionOps.CAPACITY);
        all.put(Entry.WEIR, channel);
        all.put(Entry.WEIR + ", one for each 8 cores", channel.oneForEach(GROUP));
        // A put and a take, each of which takes the lock once.
        double work = Math.max(0, one(ContentionBench.ELEMENT, QUEUE) / 2 - hitsOf(Counters::parkingLock));
        figures.put("work of half an element, " + QUEUE, work);
        all.put(QUEUE, Counters.twice(Counters.parkingLock(work)));
        all.put(QUEUE + ", spinning", Counters.twice(Counters.spinLock(work)));
    }

    private void tasks() {
        double submit = figure(ContentionBench.TASK, 1, Entry.WEIR, ContentionOps.SUBMIT);
        double run = one(ContentionBench.TASK, Entry.WEIR) - submit;
        double submitWork = Math.max(0, submit - costs.hit());
        double runWork = Math.max(0, run - costs.hit());
        figures.put("work of a submission", submitWork);
        figures.put("work of a worker for a task", runWork);
        Map<String, Part> all = parts.computeIfAbsent(ContentionBench.TASK, what -> new LinkedHashMap<>());
        Part pool = Parts.pool(submitWork, runWork, ContentionOps.CAPACITY);
        all.put(Entry.WEIR, pool);
        all.put(Entry.WEIR + ", one for each 8 cores", pool.oneForEach(GROUP));
    }

    /** What one thread needs besides the accesses. */
    private double workOf(String what, String contender, DoubleFunction<Part> part) {
        double work = Math.max(0, one(what, contender) - hitsOf(part));
        figures.put("work of " + what + ", " + contender, work);
        return work;
    }

    private double hitsOf(DoubleFunction<Part> part) {
        return Machine.run(costs, part.apply(0), 1, 1_000, SEED).nanosPerOperation();
    }

    /**
     * The model's time over the measured one with two threads, or the other way round; NaN if that was not measured.
     */
    double isOffBy(String what, String contender, int operations) {
        double measured = results.nanos(ContentionBench.scenario(what, 2), contender);
        double ratio = run(what, contender, 2, operations).nanosPerOperation() / measured;
        return Math.max(ratio, 1 / ratio);
    }

    private Outcome run(String what, String contender, int cores, int operations) {
        return Machine.run(costs, parts.get(what).get(contender), cores, operations, SEED);
    }

    /** What was calibrated, and what the model shows for these numbers of cores. */
    List<Row> rows(List<Integer> cores, int operations) {
        List<Row> rows = new ArrayList<>();
        figures.forEach((name, nanos) -> rows.add(row(CALIBRATED, name, nanos, Map.of())));
        for (Map.Entry<String, Map<String, Part>> kind : parts.entrySet()) {
            for (int number : cores) {
                for (String contender : kind.getValue().keySet()) {
                    Outcome outcome = run(kind.getKey(), contender, number, operations);
                    Map<String, Stats> more = new LinkedHashMap<>();
                    more.put("ns of a core", stats(outcome.nanosOfACore()));
                    more.put("M/s in all", stats(outcome.operationsPerSecond() / 1e6));
                    more.put("transfers", stats(outcome.transfersPerOperation()));
                    String scenario = "model: " + kind.getKey() + ", " + number + (number == 1 ? " core" : " cores");
                    rows.add(row(scenario, contender, outcome.nanosPerOperation(), more));
                }
            }
        }
        return rows;
    }

    private static Row row(String scenario, String contender, double nanos, Map<String, Stats> figures) {
        return new Row(scenario, contender, stats(nanos), Stats.NONE, figures, 1, "");
    }

    private static Stats stats(double value) {
        return Stats.of(List.of(value));
    }
}
