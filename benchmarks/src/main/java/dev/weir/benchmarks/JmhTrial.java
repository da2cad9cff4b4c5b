package dev.weir.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Measures one benchmark method of JMH: each round is a fork, with a short warm-up of its own. */
final class JmhTrial implements Trial {
    private static final int WARM_UPS = 2;

    private final Class<?> type;
    private final String method;
    private final Map<String, String> parameters;
    private final int threads;
    private final int operations;
    private final Collection<String> jvmArguments;
    private final Settings settings;

    private JmhTrial(
            Class<?> type,
            String method,
            Map<String, String> parameters,
            int threads,
            int operations,
            Collection<String> jvmArguments,
            Settings settings) {
        this.type = type;
        this.method = method;
        this.parameters = parameters;
        this.threads = threads;
        this.operations = operations;
        this.jvmArguments = jvmArguments;
        this.settings = settings;
    }

    static JmhTrial of(Class<?> type, String method, Settings settings) {
        return new JmhTrial(type, method, Map.of(), 1, 1, List.of(), settings);
    }

    JmhTrial with(String parameter, String value) {
        Map<String, String> all = new HashMap<>(parameters);
        all.put(parameter, value);
        return new JmhTrial(type, method, all, threads, operations, jvmArguments, settings);
    }

    JmhTrial threads(int count) {
        return new JmhTrial(type, method, parameters, count, operations, jvmArguments, settings);
    }

    /** How many operations the method does. */
    JmhTrial operations(int count) {
        return new JmhTrial(type, method, parameters, threads, count, jvmArguments, settings);
    }

    JmhTrial jvmArguments(Collection<String> arguments) {
        return new JmhTrial(type, method, parameters, threads, operations, arguments, settings);
    }

    @Override
    public Sample measure() throws Exception {
        long iteration = settings.iteration().toNanos();
        long warmUp = Math.max(iteration, settings.warmUp().toNanos() / WARM_UPS);
        Path log = Files.createDirectories(settings.output())
                .resolve("jmh-" + type.getSimpleName() + "-" + method + ".log");
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + type.getName().replace("$", ".").replace(".", "\\.") + "\\." + method + "$")
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .threads(threads)
                .forks(1)
                .jvmArgsAppend(jvmArguments.toArray(String[]::new))
                .operationsPerInvocation(operations)
                .warmupIterations(WARM_UPS)
                .warmupTime(TimeValue.nanoseconds(warmUp))
                .measurementIterations(3)
                .measurementTime(TimeValue.nanoseconds(iteration))
                .timeout(TimeValue.seconds(20))
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .output(log.toString());
        parameters.forEach((name, value) -> options.param(name, value));
        RunResult result = new Runner(options.build()).runSingle();
        Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
        return new Sample(
                result.getPrimaryResult().getScore(), bytes == null ? Double.NaN : Math.max(0, bytes.getScore()));
    }
}
