package dev.weir.benchmarks;

import dev.weir.benchmarks.Goal.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rate limiter beside others, admitting and rejecting, from one thread and from two that share it. */
final class RateLimitBench implements Bench {
    private static final String NANO_TIME = "System.nanoTime";
    private static final String COARSE = "Weir, coarse clock";
    private static final String STRIPED = "Weir, striped";
    private static final Map<String, String> PEERS = new LinkedHashMap<>();

    static {
        PEERS.put("Guava", "guava");
        PEERS.put("Bucket4j, lock-free", "bucket4j");
        PEERS.put("Bucket4j, synchronized", "bucket4jSynchronized");
        PEERS.put("Resilience4j", "resilience4j");
        PEERS.put("Failsafe, smooth", "failsafeSmooth");
        PEERS.put("Failsafe, bursty", "failsafeBursty");
    }

    private static final List<String> ONE_THREAD = List.of("admit, 1 thread", "reject, 1 thread");
    private static final List<String> TWO_THREADS = List.of("admit, 2 threads", "reject, 2 threads");

    @Override
    public String name() {
        return "ratelimit";
    }

    @Override
    public String about() {
        return "One non-blocking attempt to take one permit, with JMH, a fork per contender and round. It admits"
            + " always (a billion a second) or rejects always (one an hour, taken). All have nanosecond clocks and a"
            + " limiter that the threads share. striped: threads take in advance, for a millisecond. by key: ten"
            + " thousand keys in random order, which always have permits, or a hundred keys for which ten virtual"
            + " threads each wait; peers have a limiter for each key in a map. acquire: virtual threads that wait for"
            + " the permits of a second; the limiters start empty. in order: each comes when the one before is parked;"
            + " who is overtaken, or served beyond the bound, shows in place of the figures. at rest: the permits"
            + " never come; the least of five times 0.3 s. heap: what each of twenty thousand limiters, or keys of"
            + " one, keeps, counted by JOL.";
    }

    @Override
    public List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        for (String scenario : scenarios()) {
            String outcome = scenario.startsWith("admit") ? "admit" : "reject";
            int threads = TWO_THREADS.contains(scenario) ? 2 : 1;
            Map<String, String> methods = new LinkedHashMap<>();
            methods.put(Entry.WEIR, "weir");
            methods.put(COARSE, "weirCoarse");
            methods.put(STRIPED, "weirStriped");
            methods.putAll(PEERS);
            methods.forEach((contender, method) -> entries.add(new Entry(
                    scenario, contender, trial(method, threads, settings).with("outcome", outcome))));
            if (outcome.equals("admit")) {
                entries.add(new Entry(scenario, NANO_TIME, trial("nanoTime", threads, settings)));
            }
        }
        entries.add(byKey(Entry.WEIR, "weir", settings));
        entries.add(byKey("Bucket4j, lock-free", "bucket4j", settings));
        entries.add(byKey("Resilience4j", "resilience4j", settings));
        entries.addAll(RateLimitWaits.entries(settings));
        entries.addAll(RateLimitKeyedWaits.entries(settings));
        entries.addAll(RateLimitOrder.entries(settings));
        entries.addAll(RateLimitHeap.entries(settings));
        return entries;
    }

    private static Entry byKey(String contender, String method, Settings settings) {
        return new Entry(RateLimitKeyedOps.ADMIT, contender, JmhTrial.of(RateLimitKeyedOps.class, method, settings));
    }

    private static JmhTrial trial(String method, int threads, Settings settings) {
        return JmhTrial.of(RateLimitOps.class, method, settings).threads(threads);
    }

    private static List<String> scenarios() {
        List<String> scenarios = new ArrayList<>(ONE_THREAD);
        scenarios.addAll(TWO_THREADS);
        return scenarios;
    }

    @Override
    public List<Goal> goals(Results results) {
        List<String> all = scenarios();
        return List.of(
                Goal.atMost(
                        "ratelimit, time beside the fastest peer",
                        results.worstRatio(all, Entry.WEIR, PEERS.keySet()),
                        1.0,
                        Unit.RATIO),
                Goal.atMost(
                        "ratelimit, time beside a bare clock read",
                        results.worstNanos(ONE_THREAD, Entry.WEIR)
                                .over(results.nanos(ONE_THREAD.getFirst(), NANO_TIME)),
                        1.2,
                        Unit.RATIO),
                Goal.atMost(
                        "ratelimit, time of a striped bucket beside a bare clock read",
                        results.worstNanos(List.of(TWO_THREADS.getFirst()), STRIPED)
                                .over(results.nanos(TWO_THREADS.getFirst(), NANO_TIME)),
                        1.3,
                        Unit.RATIO),
                Goal.atMost("ratelimit, allocation", results.worstBytes(all, Entry.WEIR), 0, Unit.BYTES),
                Goal.atLeast(
                        "ratelimit, speed with the coarse clock beside the fastest peer",
                        results.worstRatio(all, COARSE, PEERS.keySet()).inverse(),
                        4.0,
                        Unit.RATIO),
                Goal.atLeast(
                        "ratelimit, achieved of the rate by threads that wait",
                        RateLimitWaits.leastShare(results, Entry.WEIR),
                        0.995,
                        Unit.RATIO),
                Goal.atMost(
                        "ratelimit, time of a permit where a thousand threads are served in order",
                        results.worstNanos(List.of(RateLimitOrder.SERVED), Entry.WEIR)
                                .over(1_000_000),
                        1.005,
                        Unit.RATIO),
                Goal.atMost(
                        "ratelimit, processor time of a thread that waits for a second",
                        results.worstNanos(List.of(RateLimitOrder.AT_REST), Entry.WEIR),
                        10_000,
                        Unit.NANOS),
                Goal.atMost(
                        "ratelimit, heap per key",
                        results.worstBytes(List.of(RateLimitHeap.KEY), Entry.WEIR),
                        64,
                        Unit.BYTES));
    }
}
