package dev.weir.jcstress;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs the selected jcstress tests and then the selected controls, and fails unless every test passed and every control was caught.
 * jcstress itself exits with 0 when its pattern matches nothing, when it skips a test, and when a result is forbidden.
 *
 * <p>Arguments: the folder for results, jcstress's mode (or options of it, which begin with a dash), and a regular expression that selects tests by name.
 */
public final class StressMain {
    private static final String CONTROLS = ".control.";

    /** One compiler, which suffices to see what is broken on purpose, and few rounds. */
    private static final List<String> OF_CONTROLS =
            List.of("-m", "quick", "-iters", "2", "-f", "1", "-jvmArgs", "-XX:-TieredCompilation");

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

        List<Observation> observations =
                tests.isEmpty() ? List.of() : run(tests, optionsOfTests(args[1]), folder.resolve("tests"));
        List<Observation> ofControls =
                controls.isEmpty() ? List.of() : runQuietly(controls, OF_CONTROLS, folder.resolve("controls"));

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

    /** The quick mode makes fewer rounds than jcstress's own, in all compilers, so that the suite takes a quarter of an hour. */
    private static List<String> optionsOfTests(String mode) {
        if (mode.startsWith("-")) {
            return List.of(mode.split(" "));
        }
        return mode.equals("quick") ? List.of("-m", mode, "-iters", "3") : List.of("-m", mode);
    }

    private static List<Observation> run(SortedSet<String> tests, List<String> how, Path folder) throws Exception {
        delete(folder);
        Files.createDirectories(folder);
        String names = tests.stream().map(Pattern::quote).collect(Collectors.joining("|", "^(", ")$"));
        List<String> arguments = new ArrayList<>(how);
        arguments.addAll(List.of("-sc", "false", "-t", names, "-r", folder + "/"));
        Options options = new Options(arguments.toArray(String[]::new));
        if (!options.parse()) {
            throw new IllegalArgumentException("jcstress does not take " + how);
        }
        try {
            new JCStress(options).run();
        } catch (AssertionError failures) {
            // The results tell the same, and which configuration it was.
        }
        List<Observation> observations = new ArrayList<>();
        DiskReadCollector results =
                new DiskReadCollector(options.getResultFile(), result -> observations.add(observe(result)));
        results.dump();
        results.close();
        Files.delete(Path.of(options.getResultFile()));
        return observations;
    }

    /** What fails as expected would only alarm a reader. */
    private static List<Observation> runQuietly(SortedSet<String> tests, List<String> how, Path folder)
            throws Exception {
        PrintStream console = System.out;
        try (PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            System.setOut(nowhere);
            return run(tests, how, folder);
        } finally {
            System.setOut(console);
        }
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
