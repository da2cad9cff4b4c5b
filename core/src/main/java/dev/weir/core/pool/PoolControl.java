package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.pool.ShutdownReport.Unfinished;
import dev.weir.core.pool.TaskQueue.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** Pauses, resizes and ends a pool, and reports on it: all that is rare. */
final class PoolControl {
    private final PoolState state;
    private final ReentrantLock lock;
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
        counters.tookOut(ended);
        termination.release();
        starter.ensureWorkers();
        submitters.signalAll();
        PoolState.Limits limits = state.limits;
        events.resized(limits.min(), limits.max(), capacity);
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

    private record Running(PoolWorker worker, Runnable shown, Object named, long startedNanos) {}

    private record Waiting(Runnable task, Runnable shown, Object named, long submittedNanos) {}

    /**
     * Takes away what has not begun, in the queue or in the hands of a worker that is just being started, and
     * interrupts what has. A worker that begins afterwards finds nothing.
     */
    ShutdownReport stop() {
        List<Entry> taken = new ArrayList<>();
        List<Running> running = new ArrayList<>();
        long now = state.clocks.roughNanosOr(0);
        lock.lock();
        try {
            state.set(PoolState.SHUTDOWN);
            state.set(PoolState.STOPPED);
            state.clear(PoolState.PAUSED);
            backlog.close();
            termination.hold(); // until the futures have ended
            workers.takeUnbegun(taken);
            taken.addAll(backlog.drain());
            for (PoolWorker worker : roster.list()) {
                Runnable task = worker.task();
                if (task != null) {
                    running.add(new Running(worker, shown(task), named(task), worker.startedNanos()));
                }
            }
            workers.wakeAll();
            workers.letGo();
        } finally {
            lock.unlock();
        }
        submitters.signalAll();
        List<List<StackTraceElement>> stacks = new ArrayList<>();
        for (Running each : running) { // not under the lock: it stops the thread
            Thread thread = each.worker.thread();
            stacks.add(thread == null ? List.of() : List.of(thread.getStackTrace()));
        }
        roster.interrupt(running.stream().map(Running::worker).toList());
        List<Waiting> abandoned = abandon(taken);
        termination.release();
        return report(running, stacks, abandoned, now);
    }

    private List<Waiting> abandon(List<Entry> taken) {
        List<Waiting> abandoned = new ArrayList<>();
        for (Entry entry : taken) {
            Runnable task = entry.task();
            Waiting waiting = new Waiting(task, shown(task), named(task), entry.submittedNanos()); // before it forgets
            if (counters.abandon(task)) {
                abandoned.add(waiting);
            }
        }
        return abandoned;
    }

    private static ShutdownReport report(
            List<Running> running, List<List<StackTraceElement>> stacks, List<Waiting> abandoned, long now) {
        List<Unfinished> unfinished = new ArrayList<>();
        for (int i = 0; i < running.size(); i++) {
            Running each = running.get(i);
            unfinished.add(unfinished(each.shown, each.named, true, now - each.startedNanos, stacks.get(i)));
        }
        for (Waiting each : abandoned) {
            unfinished.add(unfinished(each.shown, each.named, false, now - each.submittedNanos, List.of()));
        }
        return new ShutdownReport(unfinished);
    }

    private static Unfinished unfinished(
            Runnable task, Object named, boolean started, long age, List<StackTraceElement> stack) {
        return new Unfinished(task, Callbacks.describe(named), started, Duration.ofNanos(Math.max(0, age)), stack);
    }

    private static Runnable shown(Runnable task) {
        return task instanceof PoolTask<?> poolTask ? poolTask.shown() : task;
    }

    private static Object named(Runnable task) {
        return task instanceof PoolTask<?> poolTask ? poolTask.namedBy() : task;
    }

    boolean awaitTermination(Deadline deadline) throws InterruptedException {
        refuseOwnWorker("awaitTermination");
        return termination.await(deadline);
    }

    /** A task that waits for the end of its own pool waits for its own end. */
    void refuseOwnWorker(String call) {
        if (WorkerThread.of(state) != null && !termination.isTerminated()) {
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
