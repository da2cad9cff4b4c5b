package dev.weir.benchmarks;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures a contender for a fixed time, and what the server has counted meanwhile. */
final class RedisTrial implements Trial {
    static final String PER_SECOND = "decisions/s";
    static final String MEDIAN = "p50 µs";
    static final String P99 = "p99 µs";
    static final String TRIPS = "trips";
    static final String SERVER = "server µs";
    static final List<String> FIGURES = List.of(PER_SECOND, MEDIAN, P99, TRIPS, SERVER);

    /** How many times as long a trial takes as one of other benchmarks. */
    private static final int TIMES = 10;

    /** Asks for a time. */
    @FunctionalInterface
    interface Run {
        RedisLoad of(Duration duration) throws Exception;
    }

    private final RedisLab lab;
    private final Settings settings;
    private final String contender;
    private final Run run;

    RedisTrial(RedisLab lab, Settings settings, String contender, Run run) {
        this.lab = lab;
        this.settings = settings;
        this.contender = contender;
        this.run = run;
    }

    @Override
    public void warmUp() throws Exception {
        check(run.of(settings.warmUp().dividedBy(2).plusMillis(10)));
    }

    @Override
    public Sample measure() throws Exception {
        System.gc(); // so that nobody pays for what the one before left
        RedisInfo before = lab.info();
        RedisLoad load = run.of(settings.wholeRun().multipliedBy(TIMES));
        RedisInfo after = lab.info();
        check(load);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(PER_SECOND, 1e9 * load.asked() / load.nanos());
        figures.put(MEDIAN, load.latencies().micros(0.5));
        figures.put(P99, load.latencies().micros(0.99));
        figures.put(TRIPS, (double) after.tripsSince(before, contender) / load.asked());
        figures.put(SERVER, (after.cpuMicros() - before.cpuMicros()) / load.asked());
        return new Sample(load.nanos() / load.asked(), load.bytes() / load.asked(), figures);
    }

    private static void check(RedisLoad load) {
        if (load.asked() == 0 || load.admitted() != load.asked()) {
            throw new IllegalStateException(load.admitted() + " of " + load.asked() + " were admitted");
        }
    }
}
