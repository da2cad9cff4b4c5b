package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import java.time.Duration;
import java.util.List;

/**
 * Notices tasks that still run when they have become slow, and reports each once, with its stack.
 *
 * <p>It watches while somebody works, so a task is reported before it has run for twice the threshold. The workers are
 * looked at by another thread than the timer's.
 */
final class SlowTaskWatch extends Watch {
    private static final int MAX_FRAMES = 48;

    private final WorkerRoster roster;

    /** @param thresholdNanos how long is slow */
    SlowTaskWatch(PoolState state, WorkerRoster roster, SideThread side, PoolEvents events, long thresholdNanos) {
        super(state, side, events, thresholdNanos);
        this.roster = roster;
    }

    @Override
    boolean hasReason() {
        return state.busy() > 0;
    }

    @Override
    void look() {
        side.run("the watch of " + state.name, this::report);
    }

    private void report() {
        for (PoolWorker worker : roster.list()) {
            long started = worker.startedNanos();
            Runnable task = worker.taskOrNull();
            long ran = state.clocks.nanosOr(started) - started;
            if (task != null && ran > thresholdNanos && worker.reportedNanos != started) {
                report(worker, task, started, ran);
            }
        }
    }

    private void report(PoolWorker worker, Runnable task, long started, long ran) {
        Object named = PoolTask.namedBy(task);
        Thread thread = roster.threadOf(worker);
        List<StackTraceElement> stack = thread == null ? List.of() : List.of(thread.getStackTrace());
        if (stack.isEmpty() || worker.taskOrNull() != task || worker.startedNanos() != started) {
            return; // it has ended meanwhile, and this may be the stack of another one
        }
        worker.reportedNanos = started;
        String name = Callbacks.describe(named);
        Duration duration = Duration.ofNanos(ran);
        StringBuilder frames = new StringBuilder();
        stack.stream()
                .limit(MAX_FRAMES)
                .forEach(frame -> frames.append("\n    at ").append(frame));
        Callbacks.run(
                PoolLog.LOG,
                "the log of " + state.name,
                () -> PoolLog.LOG.warn("a task of {} still runs after {}: {}{}", state.name, duration, name, frames));
        events.stillRunning(name, duration, stack);
    }
}
