package dev.weir.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Runs the benchmark of one part, or of all. Prints the tables and the goals, and writes them to {@code bench-NAME.md}
 * and {@code bench-NAME.json}. Ends with 0 also if a goal is missed, and with 2 if there is no benchmark of that name.
 */
public final class BenchMain {
    static final String ALL = "all";
    private static final String QUICK = "Rounds so short that the figures mean nothing. ";
    static final List<Bench> BENCHES = List.of(
            new RateLimitBench(),
            new RetryBench(),
            new PoolBench(),
            new FanOutBench(),
            new ChannelBench(),
            new PipelineBench(),
            new GrowthBench(),
            new RedisBench(),
            new ContentionBench());

    private BenchMain() {}

    /**
     * Runs a benchmark.
     *
     * @param args the name of the benchmark; all of them without one
     * @throws Exception if the machinery fails; a contender that fails is reported in its row
     */
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        Path output = Path.of(System.getProperty("bench.output", "target"));
        boolean quick = Boolean.getBoolean("bench.quick");
        Duration newRounds = Duration.ofSeconds(Long.getLong("bench.seconds", 180));
        System.exit(run(args, quick ? Settings.quick(output) : Settings.full(output, newRounds), out, err));
    }

    static int run(String[] args, Settings settings, PrintStream out, PrintStream err)
            throws IOException, InterruptedException {
        String name = args.length == 0 ? ALL : String.join(" ", args);
        List<Bench> chosen = choose(name);
        if (chosen.isEmpty()) {
            err.println("there is no benchmark '" + name + "'; there is " + names());
            return 2;
        }
        List<Report> reports = new ArrayList<>();
        for (Bench bench : chosen) {
            Results results;
            try {
                results =
                        Rounds.run(bench.entries(settings), settings, step -> err.println(bench.name() + ": " + step));
            } finally {
                bench.end();
            }
            results = results.and(bench.derived(results, settings));
            String about = settings.quick() ? QUICK + bench.about() : bench.about();
            List<Goal> goals = new ArrayList<>(bench.goals(results));
            goals.add(Goal.atMost(
                    bench.name() + ", p90 of the rounds beside their median",
                    results.widestSpread(Entry.WEIR),
                    1.5,
                    Goal.Unit.RATIO));
            Report report = new Report(bench.name(), about, results, goals);
            report.write(settings.output());
            out.println(report.text());
            reports.add(report);
        }
        if (name.equals(ALL)) {
            Report.writeAll(ALL, reports, settings.output());
        }
        reports.stream()
                .flatMap(report -> report.goals().stream())
                .map(Goal::line)
                .forEach(out::println);
        return 0;
    }

    static List<Bench> choose(String name) {
        return BENCHES.stream()
                .filter(bench -> name.equals(ALL) || bench.name().equals(name))
                .toList();
    }

    private static String names() {
        return BENCHES.stream().map(Bench::name).collect(Collectors.joining(", ", "", ", " + ALL));
    }
}
