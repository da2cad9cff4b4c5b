package dev.weir.jcstress;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.collectors.TestResultCollector;
import org.openjdk.jcstress.infra.runners.TestConfig;
import org.openjdk.jcstress.util.Environment;

/** Takes the results of forks, and reports each test once it has run in all of its configurations. */
final class Progress implements TestResultCollector {
    private static final int SLOWEST = 10;

    private static final class Line {
        int open;
        int forks;
        long results;
        long nanos;
        int problems;
    }

    private final Map<String, Line> lines = new LinkedHashMap<>();
    private final List<Observation> observations = new ArrayList<>();
    private final PrintStream out;
    private final String whatAProblemIs;
    private final List<TestResultCollector> others;
    private int done;

    Progress(Collection<TestConfig> forks, PrintStream out, String whatAProblemIs, TestResultCollector... others) {
        for (TestConfig fork : forks) {
            lines.computeIfAbsent(fork.name, name -> new Line()).open++;
        }
        this.out = out;
        this.whatAProblemIs = whatAProblemIs;
        this.others = List.of(others);
    }

    @Override
    public synchronized void add(TestResult result) {
        result.setEnv(Environment.getInstance());
        others.forEach(other -> other.add(result));
        Observation observation = observe(result);
        observations.add(observation);
        Line line = lines.get(observation.test());
        line.forks++;
        line.results += observation.count();
        line.nanos += result.getConfig() instanceof TimedFork fork ? fork.nanosSinceStart() : 0;
        line.problems += observation.problem() == null ? 0 : 1;
        if (--line.open == 0) {
            out.printf("%3d/%d  ", ++done, lines.size());
            print(observation.test(), line);
        }
    }

    private void print(String test, Line line) {
        out.printf(
                "%5.1f s in %d configurations, %,11d results  %s%s%n",
                line.nanos / 1e9, line.forks, line.results, test, line.problems == 0 ? "" : "  " + whatAProblemIs);
    }

    synchronized void printSlowest() {
        out.println("the slowest:");
        lines.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> -entry.getValue().nanos))
                .limit(SLOWEST)
                .forEach(entry -> print(entry.getKey(), entry.getValue()));
    }

    synchronized List<Observation> observations() {
        return List.copyOf(observations);
    }

    private static Observation observe(TestResult result) {
        String problem = null;
        if (result.status() != Status.NORMAL) {
            problem = result.status() + " " + String.join(" ", result.getMessages());
        } else if (!result.grading().isPassed) {
            problem = String.join(" ", result.grading().failureMessages);
        }
        return new Observation(result.getName(), result.getTotalCount(), problem);
    }
}
