package dev.weir.core.pool;

import java.util.List;

/**
 * What a {@link WorkerPool#shutdown(dev.weir.core.Deadline)} had to cut short.
 *
 * @param neverStarted tasks that were in the queue at the deadline; their futures are cancelled
 * @param interrupted tasks that workers had at the deadline, which were interrupted
 */
public record ShutdownReport(List<Runnable> neverStarted, List<Runnable> interrupted) {
    /**
     * Creates a report.
     *
     * @param neverStarted tasks that were in the queue at the deadline
     * @param interrupted tasks that were running at the deadline
     */
    public ShutdownReport {
        neverStarted = List.copyOf(neverStarted);
        interrupted = List.copyOf(interrupted);
    }

    /**
     * Whether every task was done in time.
     *
     * @return true if both lists are empty
     */
    public boolean isClean() {
        return neverStarted.isEmpty() && interrupted.isEmpty();
    }
}
