package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BenchMainTest {
    private static final Settings QUICK = Settings.quick(Path.of("target"));

    @Test
    void run_unknownName_isOneLineAndExitCode2() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int exitCode = BenchMain.run(new String[] {"speed"}, QUICK, print(out), print(err));

        assertEquals(2, exitCode);
        assertEquals("", out.toString(StandardCharsets.UTF_8));
        assertEquals(
                List.of("there is no benchmark 'speed'; there is ratelimit, retry, pool, fanout, channel, pipeline,"
                        + " growth, redis, contention, all"),
                err.toString(StandardCharsets.UTF_8).lines().toList());
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    @Test
    void choose_eachName_isOneBenchmarkAndAllIsEvery() {
        for (String name : List.of(
                "ratelimit", "retry", "pool", "fanout", "channel", "pipeline", "growth", "redis", "contention")) {
            assertEquals(
                    List.of(name),
                    BenchMain.choose(name).stream().map(Bench::name).toList());
        }
        assertEquals(BenchMain.BENCHES, BenchMain.choose("all"));
    }

    @Test
    void everyBench_hasWeirInEachScenario_andEachContenderOnce() {
        for (Bench bench : BenchMain.BENCHES) {
            List<Entry> entries = bench.entries(QUICK);
            Set<String> scenarios = entries.stream().map(Entry::scenario).collect(Collectors.toSet());
            Set<String> lines = entries.stream()
                    .map(entry -> entry.scenario() + "/" + entry.contender())
                    .collect(Collectors.toSet());

            assertEquals(entries.size(), lines.size(), bench.name());
            for (String scenario : scenarios) {
                assertTrue(lines.contains(scenario + "/" + Entry.WEIR), scenario);
            }
        }
    }

    /** A goal that asks for a scenario or contender of another name would be missed for ever. */
    @Test
    void everyBench_measuresWhatItsGoalsAskFor() {
        Map<String, Double> figures = Stream.concat(
                        RedisTrial.FIGURES.stream(), Stream.of(ContentionOps.SUBMIT, ContentionOps.UNPARK))
                .collect(Collectors.toMap(Function.identity(), name -> 1.0));
        for (Bench bench : BenchMain.BENCHES) {
            Results results = new Results(bench.entries(QUICK).stream()
                    .map(entry -> Row.of(entry, List.of(new Sample(1, 1, figures))))
                    .toList());

            List<Goal> goals = bench.goals(results);

            assertFalse(goals.isEmpty(), bench.name());
            for (Goal goal : goals) {
                assertFalse(Double.isNaN(goal.figure().value()), goal.line());
                assertTrue(goal.name().startsWith(bench.name()), goal.line());
            }
        }
    }

    @Test
    void everyBench_nothingMeasured_missesEveryGoal() {
        for (Bench bench : BenchMain.BENCHES) {
            for (Goal goal : bench.goals(new Results(List.of()))) {
                assertTrue(goal.line().endsWith("missed"), goal.line());
            }
        }
    }
}
