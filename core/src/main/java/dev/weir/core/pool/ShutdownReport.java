package dev.weir.core.pool;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What a {@link WorkerPool#shutdown(dev.weir.core.Deadline)} had to cut short: each task that was not done. Immutable.
 *
 * @param unfinished the tasks that were running at the deadline, and then those that were waiting
 */
public record ShutdownReport(List<Unfinished> unfinished) {
    /**
     * A task that was not done. Immutable.
     *
     * @param task the task; the future, if it was submitted
     * @param name its name, or its {@code toString()}
     * @param started whether it was running, and so was interrupted; otherwise it never runs, and its future is
     *     cancelled
     * @param age how long ago it was submitted if it was waiting, or began if it was running; never negative, and up to
     *     a millisecond less than that
     * @param stack where it was when it was interrupted, or empty
     */
    public record Unfinished(Runnable task, String name, boolean started, Duration age, List<StackTraceElement> stack) {
        /**
         * Creates an entry.
         *
         * @param task the task
         * @param name its name
         * @param started whether it was running
         * @param age since when
         * @param stack where it was
         */
        public Unfinished {
            Objects.requireNonNull(task, "task");
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(age, "age");
            stack = List.copyOf(Objects.requireNonNull(stack, "stack"));
        }
    }

    /**
     * Creates a report.
     *
     * @param unfinished the tasks
     */
    public ShutdownReport {
        unfinished = List.copyOf(Objects.requireNonNull(unfinished, "unfinished"));
    }

    /**
     * The tasks that waited for a worker at the deadline; their futures are cancelled.
     *
     * @return the tasks, the futures of those that were submitted
     */
    public List<Runnable> neverStarted() {
        return unfinished.stream()
                .filter(task -> !task.started)
                .map(Unfinished::task)
                .toList();
    }

    /**
     * The tasks that workers had at the deadline, which were interrupted.
     *
     * @return the tasks, the futures of those that were submitted
     */
    public List<Runnable> interrupted() {
        return unfinished.stream()
                .filter(Unfinished::started)
                .map(Unfinished::task)
                .toList();
    }

    /**
     * Whether every task was done in time.
     *
     * @return true if there is no unfinished one
     */
    public boolean isClean() {
        return unfinished.isEmpty();
    }
}
