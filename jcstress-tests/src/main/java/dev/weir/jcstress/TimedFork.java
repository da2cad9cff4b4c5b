package dev.weir.jcstress;

import java.util.List;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.TestInfo;
import org.openjdk.jcstress.infra.runners.TestConfig;
import org.openjdk.jcstress.os.CPUMap;
import org.openjdk.jcstress.os.SchedulingClass;

/** One test in one configuration, which knows when it was started: it gets its processors then. */
final class TimedFork extends TestConfig {
    private static final long serialVersionUID = 1;

    private volatile long startNanos;

    TimedFork(
            Options options,
            TestInfo test,
            int fork,
            List<String> machine,
            int compileMode,
            SchedulingClass processors) {
        super(options, test, fork, machine, compileMode, processors);
    }

    @Override
    public void setCPUMap(CPUMap processors) {
        startNanos = System.nanoTime();
        super.setCPUMap(processors);
    }

    long nanosSinceStart() {
        return System.nanoTime() - startNanos;
    }
}
