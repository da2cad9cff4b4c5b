package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.OpenScopes;
import java.time.Duration;

/**
 * Runs one task, in whichever thread, and measures it where that was asked for. Never throws. The thread's context and
 * its innermost open scope are afterwards what they were before: nothing in a worker, the caller's own in a caller.
 */
final class TaskRun {
    final Histogram queueTimes = new Histogram();
    final Histogram runTimes = new Histogram();
    private final PoolState state;
    private final Backlog backlog;
    private final UnhandledFailures failures;
    private final PoolEvents events;
    private final Contexts contexts;
    private final boolean carries;
    private final Runnable watchSlow;
    private final long slowNanos;

    /** @param watchSlow to be run when a worker begins a task that may become slow */
    TaskRun(
            PoolState state,
            Backlog backlog,
            UnhandledFailures failures,
            PoolEvents events,
            Runnable watchSlow,
            PoolSettings settings,
            Contexts contexts) {
        this.state = state;
        this.backlog = backlog;
        this.failures = failures;
        this.events = events;
        this.contexts = contexts;
        this.carries = !settings.carriers.isEmpty();
        this.watchSlow = watchSlow;
        this.slowNanos = settings.slowNanos;
    }

    RunResult run(Runnable task, long submittedNanos, boolean sampled, RunSite site) {
        boolean watches = slowNanos != Long.MAX_VALUE;
        TaskEvent event = new TaskEvent(); // costs nothing while no recording wants it
        boolean recorded = event.isEnabled();
        if (!sampled && !recorded && !watches) {
            return run(task, site);
        }
        if (watches && site.isWorker()) {
            watchSlow.run();
        }
        long begin = state.clocks.nanosOr(submittedNanos);
        if (sampled) {
            queueTimes.record(begin - submittedNanos);
        }
        if (recorded) {
            event.begin();
        }
        Object named = recorded || watches ? PoolTask.namedBy(task) : task; // as an ended one forgets it
        RunResult result = run(task, site);
        if (!result.hasRun()) {
            return result;
        }
        long ran = state.clocks.nanosOr(begin) - begin;
        if (sampled) {
            runTimes.record(ran);
        }
        if (recorded) {
            record(event, named, begin - submittedNanos, result);
        }
        if (ran > slowNanos) {
            Duration queued = Duration.ofNanos(Math.max(0, begin - submittedNanos));
            events.slowTask(Callbacks.describe(named), queued, Duration.ofNanos(ran));
        }
        return result;
    }

    private void record(TaskEvent event, Object named, long queuedNanos, RunResult result) {
        event.end();
        if (event.shouldCommit()) {
            event.pool = state.name;
            event.task = Callbacks.describe(named);
            event.queued = Math.max(0, queuedNanos);
            event.failed = result == RunResult.FAILED;
            event.commit();
        }
    }

    private RunResult run(Runnable task, RunSite site) {
        OpenScopes.Scope before = site.isWorker() ? null : OpenScopes.innermost(); // a worker has none between tasks
        RunResult result = runInContext(task, site);
        OpenScopes.endTask(before);
        return result;
    }

    private RunResult runInContext(Runnable task, RunSite site) {
        if (task instanceof PoolTask<?> poolTask) {
            RunResult result = poolTask.runIfWaiting(site);
            if (result == RunResult.DEAD) {
                backlog.metDead();
            } else if (site.isWorker()) {
                leaveNothing();
            }
            return result;
        }
        if (site.isWorker()) {
            RunResult result = runPlain(task, site);
            leaveNothing();
            return result;
        }
        Contexts.Installed callers = contexts.capture().install();
        try {
            return runPlain(task, site);
        } finally {
            callers.restore();
        }
    }

    private RunResult runPlain(Runnable task, RunSite site) {
        try {
            task.run();
            site.completed(false);
            return RunResult.RAN;
        } catch (Throwable failure) {
            site.completed(true);
            failures.handle(task, failure);
            return RunResult.FAILED;
        }
    }

    /**
     * Removes what the task has left in its worker's thread; to see that there is nothing is cheaper than to remove it.
     */
    private void leaveNothing() {
        if (!carries) {
            return;
        }
        try {
            if (contexts.capture().isEmpty()) {
                return;
            }
        } catch (Throwable broken) {
            // a carrier that fails to capture may have something to clear
        }
        contexts.clear();
    }
}
