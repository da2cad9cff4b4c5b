package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.pool.ShutdownReport.Unfinished;
import dev.weir.core.pool.TaskQueue.Entry;
import dev.weir.core.pool.TaskQueue.Taken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stop of a pool: takes away what has not begun, in the queue or in the hands of a worker that is just being
 * started, and interrupts what has. A worker that begins afterwards finds nothing.
 *
 * <p>The pool ends though a step fails, for want of memory or because a thread of the user's throws: no step holds up
 * the next one, and none that ends something needs more than a few objects. If there is no memory for a list of what
 * waits, the pool is {@linkplain PoolState#LEFT left} with it: the thread that meets such a task ends it, this stop
 * first.
 */
final class PoolStop {
    private record Running(PoolWorker worker, Runnable shown, Object named, List<StackTraceElement> stack) {}

    private record Waiting(Runnable shown, Object named, long submittedNanos) {}

    private static final PoolWorker[] NONE = {};

    private final PoolState state;
    private final Backlog backlog;
    private final WorkerSet workers;
    private final WorkerRoster roster;
    private final BlockedSubmitters submitters;
    private final Termination termination;
    private final PoolCounters counters;

    private final Taken taken = new Taken();
    private final List<Entry> unbegun = new ArrayList<>();
    private List<Entry> queued = List.of();
    private PoolWorker[] all = NONE;
    private final List<Running> running = new ArrayList<>();
    private final List<Waiting> abandoned = new ArrayList<>();
    private final long nowNanos;
    private @Nullable Throwable failed;

    PoolStop(
            PoolState state,
            Backlog backlog,
            WorkerSet workers,
            WorkerRoster roster,
            BlockedSubmitters submitters,
            Termination termination,
            PoolCounters counters) {
        this.state = state;
        this.backlog = backlog;
        this.workers = workers;
        this.roster = roster;
        this.submitters = submitters;
        this.termination = termination;
        this.counters = counters;
        this.nowNanos = state.clocks.roughNanosOr(0);
    }

    /** Throws what prevents the report; the pool is stopped then all the same. */
    ShutdownReport run() {
        state.lock.lock();
        try {
            state.set(PoolState.SHUTDOWN);
            state.set(PoolState.STOPPED);
            state.clear(PoolState.PAUSED);
            backlog.close();
            termination.hold(); // until the futures have ended
            take();
            workers.wakeAll();
            workers.letGo();
        } finally {
            state.lock.unlock();
        }
        try {
            submitters.signalAll();
            interruptAll();
            abandonAll();
        } finally {
            termination.release();
        }
        if (failed instanceof Error error) {
            throw error;
        }
        return report();
    }

    /** Requires the lock. */
    private void take() {
        try {
            workers.takeUnbegun(unbegun);
            queued = backlog.drain();
        } catch (Throwable noMemory) {
            state.set(PoolState.LEFT);
            failed = noMemory;
        }
        try {
            all = roster.list();
        } catch (Throwable noMemory) {
            failed = noMemory; // as there were no interrupts, another stop is needed
        }
    }

    /** Not under the lock: to look at a stack stops its thread, and an interrupt closes what the thread waits for. */
    private void interruptAll() {
        for (PoolWorker worker : all) {
            try {
                note(worker);
            } catch (Throwable noMemory) {
                failed = noMemory;
            }
        }
        for (PoolWorker worker : all) {
            worker.interrupt();
        }
    }

    private void note(PoolWorker worker) {
        Runnable task = worker.task();
        if (task != null) {
            running.add(new Running(worker, PoolTask.shown(task), PoolTask.namedBy(task), stackOf(worker.thread())));
        }
    }

    private List<StackTraceElement> stackOf(@Nullable Thread thread) {
        try {
            return thread == null ? List.of() : List.of(thread.getStackTrace());
        } catch (Throwable broken) { // of a thread of the user's
            Callbacks.error(PoolLog.LOG, "{} cannot read the stack of {}", state.name, thread, broken);
            return List.of();
        }
    }

    private void abandonAll() {
        for (Entry entry : unbegun) {
            abandon(entry.task(), entry.submittedNanos());
        }
        for (Entry entry : queued) {
            abandon(entry.task(), entry.submittedNanos());
        }
        while (state.has(PoolState.LEFT) && backlog.poll(taken) && taken.element != null) {
            Runnable unlisted = taken.element;
            taken.element = null;
            counters.abandon(unlisted);
        }
    }

    private void abandon(Runnable task, long submittedNanos) {
        Waiting waiting = null;
        try {
            waiting = new Waiting(PoolTask.shown(task), PoolTask.namedBy(task), submittedNanos); // before it forgets
        } catch (Throwable noMemory) {
            failed = noMemory;
        }
        boolean had = counters.abandon(task);
        if (had && waiting != null) {
            try {
                abandoned.add(waiting);
            } catch (Throwable noMemory) {
                failed = noMemory;
            }
        }
    }

    private ShutdownReport report() {
        List<Unfinished> unfinished = new ArrayList<>();
        for (Running each : running) {
            long age = nowNanos - each.worker.startedNanos();
            unfinished.add(unfinished(each.shown, each.named, true, age, each.stack));
        }
        for (Waiting each : abandoned) {
            unfinished.add(unfinished(each.shown, each.named, false, nowNanos - each.submittedNanos, List.of()));
        }
        return new ShutdownReport(unfinished);
    }

    private static Unfinished unfinished(
            Runnable task, Object named, boolean started, long age, List<StackTraceElement> stack) {
        return new Unfinished(task, Callbacks.describe(named), started, Duration.ofNanos(Math.max(0, age)), stack);
    }
}
