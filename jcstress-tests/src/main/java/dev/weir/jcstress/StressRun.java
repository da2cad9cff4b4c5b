package dev.weir.jcstress;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.TestExecutor;
import org.openjdk.jcstress.infra.TestInfo;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.grading.HTMLReportPrinter;
import org.openjdk.jcstress.infra.grading.TextReportPrinter;
import org.openjdk.jcstress.infra.runners.TestConfig;
import org.openjdk.jcstress.infra.runners.TestList;
import org.openjdk.jcstress.os.OSSupport;
import org.openjdk.jcstress.os.Scheduler;
import org.openjdk.jcstress.os.SchedulingClass;
import org.openjdk.jcstress.os.topology.Topology;
import org.openjdk.jcstress.vm.CompileMode;
import org.openjdk.jcstress.vm.VMSupport;

/**
 * Runs jcstress tests in forked machines, like {@link org.openjdk.jcstress.JCStress}, which can run only once in a
 * process: there the configurations of a second run come on top of those of the first. Here tests and controls share
 * the probing and nothing else.
 */
final class StressRun {
    private static final String FIRST_COMPILER = "-XX:TieredStopAtLevel=1";

    private StressRun() {}

    /** Finds out what this machine and its compilers can do, which takes some seconds; once in a process. */
    static void probe(Options options) {
        OSSupport.init();
        VMSupport.initFlags(options);
        VMSupport.detectAvailableVMConfigs(false, options.getJvmArgs(), options.getJvmArgsPrepend());
    }

    /**
     * In all configurations of the machine, with reports in a folder.
     *
     * @param quick whether to do without the first compiler: what it makes is neither as slow as interpreted code,
     *     whose windows are wide, nor as freely ordered as that of the second
     */
    static List<Observation> ofTests(SortedSet<String> tests, Options options, boolean quick, PrintStream out)
            throws Exception {
        Topology topology = Topology.get();
        topology.printStatus(out);
        List<VMSupport.Config> machines = VMSupport.getAvailableVMConfigs().stream()
                .filter(machine -> !quick || !machine.args().contains(FIRST_COMPILER))
                .toList();
        List<TestConfig> forks = new ArrayList<>();
        for (String test : tests) {
            for (VMSupport.Config machine : machines) {
                int times = options.getForks() * (machine.stress() ? options.getForksStressMultiplier() : 1);
                for (int fork = 0; fork < times; fork++) {
                    forks.addAll(forksOf(test, options, fork, machine.args(), topology));
                }
            }
        }
        options.printSettingsOn(out);
        InProcessCollector results = new InProcessCollector();
        Progress progress = new Progress(forks, out, "FAILED", results);
        execute(forks, options, topology, progress);
        progress.printSlowest();
        new TextReportPrinter(options, results).work();
        new HTMLReportPrinter(options, results, out).work();
        return progress.observations();
    }

    /** In one configuration, and without a report: what fails as expected would only alarm a reader. */
    static List<Observation> ofControls(SortedSet<String> controls, Options options, PrintStream out) throws Exception {
        Topology topology = Topology.get();
        List<TestConfig> forks = new ArrayList<>();
        for (String control : controls) {
            forks.addAll(forksOf(control, options, 0, options.getJvmArgs(), topology));
        }
        Progress progress = new Progress(forks, out, "caught, as expected");
        execute(forks, options, topology, progress);
        return progress.observations();
    }

    private static List<TestConfig> forksOf(
            String test, Options options, int fork, List<String> machine, Topology topology) {
        TestInfo info = TestList.getInfo(test);
        List<TestConfig> forks = new ArrayList<>();
        for (SchedulingClass processors : new Scheduler(topology, options.getCPUCount())
                .scheduleClasses(info.threads(), options.getCPUCount(), options.affinityMode())) {
            forks.add(new TimedFork(options, info, fork, machine, CompileMode.UNIFIED, processors));
        }
        return forks;
    }

    private static void execute(List<TestConfig> forks, Options options, Topology topology, Progress progress)
            throws Exception {
        List<TestConfig> lastFirst = new ArrayList<>(forks); // it takes them from the end
        Collections.reverse(lastFirst);
        new TestExecutor(options.verbosity(), progress, new Scheduler(topology, options.getCPUCount()))
                .runAll(lastFirst);
    }

    /** Parses jcstress's options; results go to the folder. */
    static Options options(List<String> how, Path folder) throws Exception {
        List<String> arguments = new ArrayList<>(how);
        arguments.addAll(Arrays.asList("-r", folder + "/"));
        Options options = new Options(arguments.toArray(String[]::new));
        if (!options.parse()) {
            throw new IllegalArgumentException("jcstress does not take " + how);
        }
        return options;
    }
}
