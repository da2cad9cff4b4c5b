package dev.weir.benchmarks;

import dev.weir.benchmarks.Goal.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a retry costs when there is nothing to retry, which is nearly always. */
final class RetryBench implements Bench {
    private static final String DIRECT = "direct call";
    private static final String COMPILED = "first attempt succeeds";
    private static final String HEDGE = "hedge, the first attempt wins";
    private static final String HAND_OVER = "cached pool, submit and get";
    private static final String HEDGE_STAGE = "hedge of stages, the first attempt wins";
    private static final String DEADLINE = "first attempt succeeds, with a deadline";
    private static final String NO_ESCAPE_ANALYSIS = "the same, no escape analysis";

    @Override
    public String name() {
        return "retry";
    }

    @Override
    public String about() {
        return "A task that succeeds at once, with JMH, a fork per contender and round. Every policy has three or four"
                + " attempts and neither deadline nor listener. Without escape analysis one sees what is allocated, not"
                + " what the compiler could optimise away here. hedge: a second attempt would begin after a second;"
                + " Weir's attempts run in pooled threads, as the task of the cached pool does, which is no hedge;"
                + " Failsafe's timeout watches the caller's own. hedge of stages:"
                + " callAsync, with a result that is at hand when the attempt returns its stage.";
    }

    @Override
    public List<Entry> entries(Settings settings) {
        Map<String, String> methods = new LinkedHashMap<>();
        methods.put(Entry.WEIR, "weir");
        methods.put("Resilience4j", "resilience4j");
        methods.put("Spring RetryTemplate", "spring");
        methods.put("Failsafe", "failsafe");
        methods.put(DIRECT, "direct");
        List<Entry> entries = new ArrayList<>();
        methods.forEach((contender, method) ->
                entries.add(new Entry(COMPILED, contender, JmhTrial.of(RetryOps.class, method, settings))));
        methods.forEach((contender, method) -> entries.add(new Entry(
                NO_ESCAPE_ANALYSIS,
                contender,
                JmhTrial.of(RetryOps.class, method, settings).jvmArguments(List.of("-XX:-DoEscapeAnalysis")))));
        entries.add(new Entry(HEDGE, Entry.WEIR, JmhTrial.of(RetryOps.class, "hedge", settings)));
        entries.add(new Entry(HEDGE, HAND_OVER, JmhTrial.of(RetryOps.class, "handOver", settings)));
        entries.add(new Entry(HEDGE, "Failsafe, timeout", JmhTrial.of(RetryOps.class, "failsafeTimeout", settings)));
        entries.add(new Entry(HEDGE_STAGE, Entry.WEIR, JmhTrial.of(RetryOps.class, "hedgeAsync", settings)));
        entries.add(new Entry(DEADLINE, Entry.WEIR, JmhTrial.of(RetryOps.class, "weirWithDeadline", settings)));
        entries.add(new Entry(DEADLINE, "System.nanoTime()", JmhTrial.of(RetryOps.class, "nanoTime", settings)));
        return entries;
    }

    @Override
    public List<Goal> goals(Results results) {
        double added = results.nanos(COMPILED, Entry.WEIR) - results.nanos(COMPILED, DIRECT);
        return List.of(
                Goal.atMost("retry, time over the direct call", new Figure(added, ""), 2, Unit.NANOS),
                Goal.atMost(
                        "retry, allocation",
                        results.worstBytes(List.of(COMPILED, NO_ESCAPE_ANALYSIS, DEADLINE), Entry.WEIR),
                        0,
                        Unit.BYTES),
                Goal.atMost(
                        "retry, time over the direct call and one clock read, with a deadline",
                        new Figure(
                                results.nanos(DEADLINE, Entry.WEIR)
                                        - results.nanos(DEADLINE, "System.nanoTime()")
                                        - results.nanos(COMPILED, DIRECT),
                                ""),
                        2,
                        Unit.NANOS),
                Goal.atMost(
                        "retry, hedge of stages whose first attempt wins",
                        results.worstNanos(List.of(HEDGE_STAGE), Entry.WEIR),
                        400,
                        Unit.NANOS),
                Goal.atMost(
                        "retry, hedge whose first attempt wins",
                        results.worstNanos(List.of(HEDGE), Entry.WEIR),
                        3_000,
                        Unit.NANOS),
                Goal.atMost(
                        "retry, hedge whose first attempt wins, beside a hand-over",
                        results.worstRatio(List.of(HEDGE), Entry.WEIR, HAND_OVER),
                        1.2,
                        Unit.RATIO));
    }
}
