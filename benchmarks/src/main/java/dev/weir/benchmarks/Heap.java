package dev.weir.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Counts what is allocated. */
final class Heap {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Heap() {}

    /**
     * The bytes that all threads have allocated, also those that have ended; virtual ones count with their carriers.
     */
    static long allocatedBytes() {
        return THREADS.getTotalThreadAllocatedBytes();
    }
}
