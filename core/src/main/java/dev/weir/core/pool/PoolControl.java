package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.PromptLock;
import java.util.List;

/** Pauses, resizes and ends a pool, and reports on it: all that is rare. */
final class PoolControl {
    private final PoolState state;
    private final PromptLock lock;
    private final Backlog backlog;
    private final WorkerSet workers;
    private final WorkerRoster roster;
    private final WorkerStarter starter;
    private final BlockedSubmitters submitters;
    private final StallWatch stalls;
    private final Termination termination;
    private final PoolCounters counters;
    private final TaskRun runs;
    private final PoolEvents events;

    PoolControl(
            PoolState state,
            Backlog backlog,
            WorkerSet workers,
            WorkerRoster roster,
            WorkerStarter starter,
            BlockedSubmitters submitters,
            StallWatch stalls,
            Termination termination,
            PoolCounters counters,
            TaskRun runs,
            PoolEvents events) {
        this.state = state;
        this.lock = state.lock;
        this.backlog = backlog;
        this.workers = workers;
        this.roster = roster;
        this.starter = starter;
        this.submitters = submitters;
        this.stalls = stalls;
        this.termination = termination;
        this.counters = counters;
        this.runs = runs;
        this.events = events;
    }

    // ---- pause and size

    void pause() {
        lock.lock();
        try {
            if (!state.isShutdown()) {
                state.set(PoolState.PAUSED);
            }
        } finally {
            lock.unlock();
        }
    }

    void resume() {
        lock.lock();
        try {
            state.clear(PoolState.PAUSED);
            workers.letGo();
        } finally {
            lock.unlock();
        }
        starter.ensureWorkers();
        submitters.signalAll(); // there may be no task whose worker would do it
        stalls.watch();
    }

    void resizeWorkers(int min, int max) {
        lock.lock();
        try {
            workers.resize(new PoolState.Limits(min, max));
        } finally {
            lock.unlock();
        }
        starter.ensureWorkers();
        submitters.signalAll();
        events.resized(min, max, backlog.capacity());
    }

    void resizeQueue(int capacity) {
        List<Runnable> ended;
        lock.lock();
        try {
            ended = backlog.resize(capacity);
            termination.hold();
        } finally {
            lock.unlock();
        }
        endTaken(ended);
        starter.ensureWorkers();
        submitters.signalAll();
        PoolState.Limits limits = state.limits;
        events.resized(limits.min(), limits.max(), capacity);
    }

    private void endTaken(List<Runnable> ended) {
        try {
            counters.tookOut(ended);
        } finally {
            termination.release();
        }
    }

    boolean isSorted() {
        return backlog.isSorted();
    }

    // ---- end

    void shutdown() {
        lock.lock();
        try {
            state.set(PoolState.SHUTDOWN);
            state.clear(PoolState.PAUSED);
            backlog.close();
            workers.wakeAll();
            workers.letGo();
            termination.signalIfOver();
        } finally {
            lock.unlock();
        }
        submitters.signalAll();
        starter.ensureWorkers();
    }

    /** Takes away what has not begun, and interrupts what has. */
    ShutdownReport stop() {
        return new PoolStop(state, backlog, workers, roster, submitters, termination, counters).run();
    }

    boolean awaitTermination(Deadline deadline) throws InterruptedException {
        refuseOwnWorker("awaitTermination");
        return termination.await(deadline);
    }

    /** A task that waits for the end of its own pool waits for its own end, and so does what depends on the task. */
    void refuseOwnWorker(String call) {
        boolean own = WorkerThread.of(state) != null || termination.waitsForCaller();
        if (own && !termination.isTerminated()) {
            throw new IllegalStateException(
                    "a task of " + state.name + " calls " + call + ", which would wait for that task itself");
        }
    }

    boolean isShutdown() {
        return state.isShutdown();
    }

    boolean isTerminated() {
        return termination.isTerminated();
    }

    /** A snapshot; what ends meanwhile may be counted as ended before it is counted as submitted. */
    PoolMetrics metrics() {
        WorkerTotals totals = roster.totals();
        lock.lock();
        try {
            totals.count(state.counts.read(), workers.holding());
            return counters.metrics(totals, submitters, runs);
        } finally {
            lock.unlock();
        }
    }
}
