package dev.weir.jcstress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs the selected jcstress tests and then the selected controls, and fails unless every test passed and every control
 * was caught. jcstress itself exits with 0 when its pattern matches nothing, when it skips a test, and when a result is
 * forbidden.
 *
 * <p>Arguments: the folder for results, jcstress's mode (or options of it, which begin with a dash), and a regular
 * expression that selects tests by name.
 */
public final class StressMain {
    private static final String CONTROLS = ".control.";

    private static final String QUICK_MODE = "quick";

    /** One compiler, which suffices to see what is broken on purpose, and few rounds. */
    private static final List<String> OF_CONTROLS =
            List.of("-m", "quick", "-iters", "2", "-f", "1", "-jvmArgs", "-XX:-TieredCompilation");

    /**
     * Rounds that are shorter than those of jcstress's own quick mode: it takes that time several times over to find
     * out how many states fit into a round. Touching the heap in advance only delays the start of a fork. Half a
     * gigabyte is room for the pools of a round and their threads, whose stacks jcstress does not foresee.
     */
    private static final List<String> QUICK =
            List.of("-m", "quick", "-iters", "6", "-time", "100", "-pth", "false", "-hs", "512");

    private StressMain() {}

    /**
     * Runs the suite; exits with 1 if it does not hold.
     *
     * @param args folder, mode, pattern
     * @throws Exception if jcstress cannot be run
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            System.err.println("usage: StressMain FOLDER MODE PATTERN");
            System.exit(2);
        }
        Path folder = Path.of(args[0]);
        Pattern pattern = Pattern.compile(args[2]);
        long start = System.nanoTime();

        SortedSet<String> tests = new TreeSet<>();
        SortedSet<String> controls = new TreeSet<>();
        for (String test : TestList.tests()) {
            if (pattern.matcher(test).find()) {
                (test.contains(CONTROLS) ? controls : tests).add(test);
            }
        }

        delete(folder);
        Path report = folder.resolve("tests");
        Files.createDirectories(report);
        List<Observation> observations = List.of();
        List<Observation> ofControls = List.of();
        if (!tests.isEmpty() || !controls.isEmpty()) {
            Options options = StressRun.options(optionsOfTests(args[1]), report);
            StressRun.probe(options);
            ofControls = StressRun.ofControls(controls, StressRun.options(OF_CONTROLS, report), System.out);
            if (!tests.isEmpty()) {
                observations = StressRun.ofTests(tests, options, args[1].equals(QUICK_MODE), System.out);
            }
        }

        List<String> failures = new ArrayList<>();
        failures.addAll(Verdict.ofSelection(tests, controls).failures());
        failures.addAll(Verdict.ofTests(tests, observations).failures());
        failures.addAll(Verdict.ofControls(controls, ofControls).failures());
        failures.forEach(failure -> System.out.println("FAILED  " + failure));
        System.out.printf(
                "jcstress: %d tests, %,d results of them observed in %d configurations; %d controls; %d s%n",
                tests.size(),
                observations.stream().mapToLong(Observation::count).sum(),
                observations.size(),
                controls.size(),
                Duration.ofNanos(System.nanoTime() - start).toSeconds());
        System.out.println("report: " + folder.resolve("tests").resolve("index.html"));
        int failed = failures.size();
        System.out.println((tests.size() + controls.size() - Math.min(failed, tests.size() + controls.size()))
                + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    private static List<String> optionsOfTests(String mode) {
        if (mode.startsWith("-")) {
            return List.of(mode.split(" "));
        }
        return mode.equals(QUICK_MODE) ? QUICK : List.of("-m", mode);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
