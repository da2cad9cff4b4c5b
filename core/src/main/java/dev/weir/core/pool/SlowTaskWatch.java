package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Notices tasks that still run when they have become slow, and reports each once, with its stack.
 *
 * <pre>
 *   idle --a worker begins a task--&gt; watching --no worker has a task, at a look--&gt; idle
 * </pre>
 *
 * <p>While it is watching, there is a look once per threshold, so a task is reported before it has run for twice the
 * threshold. The timer's thread looks whether anybody works; the workers are looked at by another thread.
 */
final class SlowTaskWatch {
    private static final int MAX_FRAMES = 48;

    private final PoolState state;
    private final WorkerRoster roster;
    private final SideThread side;
    private final PoolEvents events;
    private final long thresholdNanos;

    private final AtomicBoolean watching = new AtomicBoolean();

    /** @param thresholdNanos how long is slow */
    SlowTaskWatch(PoolState state, WorkerRoster roster, SideThread side, PoolEvents events, long thresholdNanos) {
        this.state = state;
        this.roster = roster;
        this.side = side;
        this.events = events;
        this.thresholdNanos = thresholdNanos;
    }

    /** To be called by a worker that begins a task; its counts say so already. */
    void watch() {
        if (!watching.getPlain() && watching.compareAndSet(false, true)) {
            schedule();
        }
    }

    private void schedule() {
        try {
            state.clocks.exact.schedule(this::look, Duration.ofNanos(thresholdNanos));
        } catch (Throwable broken) { // no timer, no watch
            Callbacks.error(PoolLog.LOG, "{} cannot watch for slow tasks", state.name, broken);
        }
    }

    private boolean somebodyWorks() {
        return state.workers() > state.idle();
    }

    private void look() {
        if (!somebodyWorks()) {
            watching.set(false);
            if (somebodyWorks()) { // what came between the two was not seen
                watch();
            }
            return;
        }
        side.run("the watch of " + state.name, this::report);
        schedule();
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
