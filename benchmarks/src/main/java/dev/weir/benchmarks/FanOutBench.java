package dev.weir.benchmarks;

import dev.weir.benchmarks.Goal.Unit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Fan-out beside other ways to do many things, with a bound on how many run at once: no work at all, a few slow items,
 * and waiting.
 */
final class FanOutBench implements Bench {
    /** One item in a thousand is slow: 32 of them, eight at once, take four times 100 ms. */
    private static final String SKEWED = "1 in 1,000 takes 100 ms, 8 at once";

    private static final int SKEWED_ITEMS = 32_000;
    private static final Duration SLOW = Duration.ofMillis(100);
    private static final double SKEWED_IDEAL = 4.0 * SLOW.toNanos() / SKEWED_ITEMS;

    private static final String WAITING = "5 ms each, 1,000 at once";
    private static final int WAITING_ITEMS = 20_000;
    private static final Duration WAIT = Duration.ofMillis(5);
    private static final double WAITING_IDEAL = WAIT.toNanos() / 1_000.0;

    private static final String SUM = "sum over a range, on all processors";
    private static final int NUMBERS = 10_000_000;

    private static final int NO_OP_ITEMS = 200_000;
    private static final List<Integer> NO_OP_AT_ONCE = List.of(8, 64);

    private static final String ENDLESS = "endless, as completed, 16 at once";
    private static final String ENDLESS_IN_ORDER = "endless, in order, 16 at once";
    private static final List<String> LAZY = List.of(ENDLESS, ENDLESS_IN_ORDER);
    private static final String WITH_ROOM = LazySources.WITH_ROOM;
    private static final int LAZY_AT_ONCE = 16;
    private static final int LAZY_ITEMS = 200_000;

    @Override
    public String name() {
        return "fanout";
    }

    @Override
    public String about() {
        return "A function applied to each item of a list, bounded, all results in order. 200,000 items that return at"
                + " once, and a sum over 10,000,000 numbers, with JMH, a fork per contender and round; 32,000 of which"
                + " each thousandth sleeps; 20,000 that all sleep. endless: the first 200,000 results of an endless"
                + " stream, pulled while others run. Times are per item, of the whole call.";
    }

    @Override
    public List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        for (int atOnce : NO_OP_AT_ONCE) {
            addNoOp(entries, settings, atOnce);
        }
        addSum(entries, settings);
        add(entries, settings, SKEWED, 8, SKEWED_ITEMS, item -> item % 1_000 == 999 ? after(SLOW, item) : item);
        add(entries, settings, WAITING, 1_000, WAITING_ITEMS, item -> after(WAIT, item));
        addLazy(entries, settings, ENDLESS, LazySources.asCompleted());
        addLazy(entries, settings, ENDLESS_IN_ORDER, LazySources.inOrder());
        return entries;
    }

    private static void addLazy(
            List<Entry> entries, Settings settings, String scenario, Map<String, LazySources.Way> ways) {
        int items = settings.operations(LAZY_ITEMS);
        ways.forEach((contender, way) -> entries.add(new Entry(
                scenario,
                contender,
                WholeRun.of(
                        items,
                        settings,
                        WholeRun.timed(count ->
                                LazySources.check(way.count(LazySources.endless(), LAZY_AT_ONCE, count), count))))));
    }

    private static String noOp(int atOnce) {
        return "no-op, " + atOnce + " at once";
    }

    private static void addNoOp(List<Entry> entries, Settings settings, int atOnce) {
        int items = settings.operations(NO_OP_ITEMS);
        for (String contender : FanOuts.names()) {
            entries.add(new Entry(
                    noOp(atOnce),
                    contender,
                    JmhTrial.of(FanOutOps.class, "noOp", settings)
                            .operations(items)
                            .with("contender", contender)
                            .with("atOnce", Integer.toString(atOnce))
                            .with("count", Integer.toString(items))));
        }
    }

    private static void addSum(List<Entry> entries, Settings settings) {
        int numbers = settings.operations(NUMBERS);
        for (String contender : FanOutSums.names()) {
            entries.add(new Entry(
                    SUM,
                    contender,
                    JmhTrial.of(FanOutSums.class, "sum", settings)
                            .operations(numbers)
                            .with("contender", contender)
                            .with("count", Integer.toString(numbers))));
        }
    }

    private static void add(
            List<Entry> entries,
            Settings settings,
            String scenario,
            int atOnce,
            int most,
            Function<Integer, Integer> function) {
        int items = settings.operations(most);
        List<Integer> all = IntStream.range(0, items).boxed().toList();
        // Its threads stay, so that their start is not measured; daemons, so that they do not keep the program alive.
        ExecutorService pool = Executors.newFixedThreadPool(
                atOnce, Thread.ofPlatform().daemon().factory());
        FanOuts.all(pool)
                .forEach((contender, way) -> entries.add(new Entry(
                        scenario, contender, WholeRun.of(items, settings, WholeRun.timed(count -> {
                            List<Integer> some = all.subList(0, count);
                            List<Integer> results = way.map(some, atOnce, function);
                            if (!results.equals(some)) {
                                throw new IllegalStateException("the results are not those of the items");
                            }
                        })))));
    }

    private static Integer after(Duration wait, Integer item) {
        try {
            Thread.sleep(wait);
            return item;
        } catch (InterruptedException stop) {
            throw new IllegalStateException(stop);
        }
    }

    @Override
    public List<Goal> goals(Results results) {
        List<String> noOp = NO_OP_AT_ONCE.stream().map(FanOutBench::noOp).toList();
        return List.of(
                Goal.atMost("fanout, time per no-op item", results.worstNanos(noOp, Entry.WEIR), 15, Unit.NANOS),
                Goal.atMost("fanout, allocation per no-op item", results.worstBytes(noOp, Entry.WEIR), 8, Unit.BYTES),
                Goal.atMost(
                        "fanout, a sum over chunks of a range beside a parallel stream",
                        results.worstRatio(List.of(SUM), Entry.WEIR, FanOutSums.PARALLEL_STREAM),
                        1.5,
                        Unit.RATIO),
                Goal.atMost(
                        "fanout, time per no-op item of an endless source",
                        results.worstNanos(LAZY, Entry.WEIR),
                        150,
                        Unit.NANOS),
                Goal.atMost(
                        "fanout, time per no-op item of an endless source, with room for 1,000 results",
                        results.worstNanos(LAZY, WITH_ROOM),
                        150,
                        Unit.NANOS),
                Goal.atMost(
                        "fanout, a few slow items beside the ideal",
                        results.worstNanos(List.of(SKEWED), Entry.WEIR).over(SKEWED_IDEAL),
                        1.1,
                        Unit.RATIO),
                Goal.atMost(
                        "fanout, waiting beside the ideal",
                        results.worstNanos(List.of(WAITING), Entry.WEIR).over(WAITING_IDEAL),
                        1.04,
                        Unit.RATIO),
                Goal.atMost(
                        "fanout, waiting beside bare threads",
                        results.worstRatio(List.of(WAITING), Entry.WEIR, FanOuts.COUNTER),
                        1.02,
                        Unit.RATIO));
    }
}
