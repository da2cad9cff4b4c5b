package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.FlightEvents;
import dev.weir.core.internal.OpenScopes;
import dev.weir.core.internal.metrics.Histogram;
import java.time.Duration;

/**
 * Runs one task, in whichever thread, and measures it where that was asked for. Never throws. The thread's context and
 * its innermost open scope are afterwards what they were before: nothing in a worker, the caller's own in a caller.
 */
final class TaskRun {
    private static final FlightEvents<TaskEvent> TASKS = new FlightEvents<>(TaskEvent::new);

    final Histogram queueTimes = new Histogram();
    final Histogram runTimes = new Histogram();
    private final PoolState state;
    private final Backlog backlog;
    private final UnhandledFailures failures;
    private final PoolEvents events;
    private final Contexts contexts;
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
        this.watchSlow = watchSlow;
        this.slowNanos = settings.slowNanos;
    }

    RunResult run(Runnable task, long submittedNanos, boolean sampled, RunSite site) {
        boolean watches = slowNanos != Long.MAX_VALUE;
        TaskEvent event = TASKS.wanted();
        if (!sampled && event == null && !watches) {
            return run(task, site);
        }
        if (watches && site.isWorker()) {
            watchSlow.run();
        }
        long begin = state.clocks.nanosOr(submittedNanos);
        if (sampled) {
            queueTimes.record(begin - submittedNanos);
        }
        if (event != null) {
            event.begin();
        }
        Object named = event != null || watches ? PoolTask.namedBy(task) : task; // as an ended one forgets it
        RunResult result = run(task, site);
        if (!result.hasRun()) {
            return result;
        }
        long ran = state.clocks.nanosOr(begin) - begin;
        if (sampled) {
            runTimes.record(ran);
        }
        if (event != null) {
            event.end(state.name, named, begin - submittedNanos, result == RunResult.FAILED);
        }
        if (ran > slowNanos) {
            Duration queued = Duration.ofNanos(Math.max(0, begin - submittedNanos));
            events.slowTask(Callbacks.describe(named), queued, Duration.ofNanos(ran));
        }
        return result;
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
                contexts.leaveNothing();
            }
            return result;
        }
        if (site.isWorker()) {
            RunResult result = runPlain(task, site);
            contexts.leaveNothing();
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
}
