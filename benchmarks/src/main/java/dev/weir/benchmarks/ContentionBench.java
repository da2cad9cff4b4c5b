package dev.weir.benchmarks;

import dev.weir.benchmarks.Goal.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What words cost that threads share: measured with one and two threads, and from a {@linkplain ContentionModel model}
 * for more cores than there are here.
 */
final class ContentionBench implements Bench {
    static final String PERMIT = "permit";
    static final String ELEMENT = "element";
    static final String TASK = "task";
    private static final List<Integer> CORES = List.of(1, 2, 4, 8, 16, 32, 64, 128);
    private static final int WAKEUPS = 2_000;
    private static final int BATCHES = 400;
    private static final int TASKS = 20_000;
    private static final int LEAST_OPERATIONS = 1_000;
    private static final int MODELLED = 20_000;
    private static final int MODELLED_FOR_GOALS = 4_000;

    /** How far off the model may be, with two threads. */
    private static final double CLOSE = 1.5;

    @Override
    public String name() {
        return "contention";
    }

    @Override
    public String about() {
        return "Threads that do nothing but use what they share; ns/op is the time that passes for each operation of"
            + " whichever thread. permit: tryAcquire of a token bucket, beside counters. element: each thread sends"
            + " one and receives one, again and again. task: with one thread all of a batch are submitted to a paused"
            + " pool and then run, with two one submits and one runs. What is named calibrated and model is no"
            + " measurement: a model, with the costs of this machine, shows it for so many cores.";
    }

    @Override
    public List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        for (int threads : List.of(1, 2)) {
            counters().forEach((contender, shared) -> entries.add(entry(settings, PERMIT, threads, contender, shared)));
            if (threads == 1) {
                entries.add(entry(settings, PERMIT, 1, ContentionModel.CLOCK, ContentionOps::clock));
                entries.add(entry(settings, PERMIT, 1, ContentionModel.SPIN, ContentionOps::spinWait));
            } else {
                entries.add(new Entry(
                        scenario(PERMIT, 2),
                        ContentionModel.WAKEUP,
                        () -> ContentionOps.wakeups(settings.operations(WAKEUPS))));
            }
        }
        for (int threads : List.of(1, 2)) {
            entries.add(entry(settings, ELEMENT, threads, Entry.WEIR, ContentionOps::channel));
            entries.add(entry(settings, ELEMENT, threads, ContentionModel.QUEUE, ContentionOps::queue));
        }
        entries.add(new Entry(
                scenario(TASK, 1), Entry.WEIR, () -> ContentionOps.poolInTurns(settings.operations(BATCHES))));
        // One thread besides the pool's own.
        entries.add(
                new Entry(scenario(TASK, 2), Entry.WEIR, new Slices(1, false, TASKS, ContentionOps::pool, settings)));
        return entries;
    }

    private static Map<String, Slices.Shared> counters() {
        Map<String, Slices.Shared> counters = new LinkedHashMap<>();
        counters.put(Entry.WEIR, ContentionOps::limiter);
        counters.put(ContentionModel.STRIPED, ContentionOps::stripedLimiter);
        counters.put(ContentionModel.ATOMIC, ContentionOps::atomic);
        counters.put(ContentionModel.SPACED, ContentionOps::spacedAtomic);
        counters.put(ContentionModel.CAS, ContentionOps::casLoop);
        counters.put(ContentionModel.LOCK, ContentionOps::lock);
        counters.put(ContentionModel.ADDER, ContentionOps::adder);
        return counters;
    }

    private static Entry entry(Settings settings, String what, int threads, String contender, Slices.Shared shared) {
        boolean parks = contender.equals(ContentionModel.LOCK);
        return new Entry(
                scenario(what, threads), contender, new Slices(threads, parks, LEAST_OPERATIONS, shared, settings));
    }

    static String scenario(String what, int threads) {
        return what + ", " + threads + (threads == 1 ? " thread" : " threads");
    }

    @Override
    public List<Row> derived(Results measured, Settings settings) {
        ContentionModel model = ContentionModel.of(measured);
        return model == null ? List.of() : model.rows(CORES, settings.operations(MODELLED));
    }

    @Override
    public List<Goal> goals(Results results) {
        ContentionModel model = ContentionModel.of(results);
        return List.of(
                close(model, PERMIT, Entry.WEIR),
                close(model, PERMIT, ContentionModel.STRIPED),
                close(model, PERMIT, ContentionModel.CAS),
                close(model, PERMIT, ContentionModel.LOCK),
                close(model, PERMIT, ContentionModel.ADDER),
                close(model, ELEMENT, Entry.WEIR),
                close(model, ELEMENT, ContentionModel.QUEUE),
                close(model, TASK, Entry.WEIR));
    }

    private static Goal close(@Nullable ContentionModel model, String what, String contender) {
        Figure off = model == null
                ? Figure.NONE
                : new Figure(model.isOffBy(what, contender, MODELLED_FOR_GOALS), scenario(what, 2));
        return Goal.atMost(
                "contention, how far the model is off for " + what + ", " + contender, off, CLOSE, Unit.RATIO);
    }
}
