package dev.weir.testkit;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** What a thread computes, which is the same on a busy machine, on which it takes longer. */
public final class CpuTime {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private CpuTime() {}

    /** The nanoseconds that the current thread, which is a platform thread, computes in the work. */
    public static long nanosOf(Call.Body work) throws Exception {
        long before = THREADS.getCurrentThreadCpuTime();
        work.run();
        return THREADS.getCurrentThreadCpuTime() - before;
    }
}
