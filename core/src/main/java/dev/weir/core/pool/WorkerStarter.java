package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskQueue.Entry;
import dev.weir.core.pool.TaskRejectedException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Starts workers, and does what is left to do when a thread cannot be started: the task goes to another worker, or, if
 * there is none, what waits in the queue is cancelled, as nobody would ever run it.
 */
final class WorkerStarter {
    private final PoolState state;
    private final PromptLock lock;
    private final Backlog backlog;
    private final WorkerSet workers;
    private final WorkerRoster roster;
    private final BlockedSubmitters submitters;
    private final Termination termination;
    private final PoolCounters counters;
    private final UnhandledFailures failures;

    WorkerStarter(
            PoolState state,
            Backlog backlog,
            WorkerSet workers,
            WorkerRoster roster,
            BlockedSubmitters submitters,
            Termination termination,
            PoolCounters counters,
            UnhandledFailures failures) {
        this.state = state;
        this.lock = state.lock;
        this.backlog = backlog;
        this.workers = workers;
        this.roster = roster;
        this.submitters = submitters;
        this.termination = termination;
        this.counters = counters;
        this.failures = failures;
    }

    /** Starts a worker for a task that is in nobody else's hands. */
    void startWith(PoolWorker worker, Runnable task) {
        Throwable failure = workers.start(worker);
        if (failure == null || !roster.hasFirst(worker)) { // a stop may have taken the task, as one that was accepted
            counters.direct.incrementAndGet();
            if (failure != null) {
                termination.endIfOver(); // the stop has seen a worker that is gone now
            }
            return;
        }
        List<Entry> stranded = null;
        lock.lock();
        try {
            if (roster.isEmpty() || backlog.offer(task) != Answer.ACCEPTED) {
                stranded = takeStranded();
            }
        } finally {
            lock.unlock();
        }
        try {
            workers.signalIfNeeded();
            submitters.signalAll();
            if (stranded != null) {
                throw counters.reject(task, Reason.NOT_STARTED, "could not start a thread", failure);
            }
        } finally {
            if (stranded != null) {
                abandon(stranded);
            }
        }
    }

    /** Starts as many workers as there is work for. */
    void ensureWorkers() {
        workers.signalIfNeeded();
        boolean more = true;
        while (more) {
            more = startOne(null);
        }
    }

    /**
     * Starts a worker for what is in the queue.
     *
     * @param task what the caller has put into the queue, and is rejected if there is no worker; or null
     * @return whether a worker was started
     */
    boolean startOne(@Nullable Runnable task) {
        PoolWorker worker = workers.reserve(null);
        if (worker == null) {
            return false;
        }
        Throwable failure = workers.start(worker);
        if (failure == null) {
            return true;
        }
        List<Entry> stranded;
        lock.lock();
        try {
            stranded = takeStranded();
        } finally {
            lock.unlock();
        }
        TaskRejectedException rejection = null;
        try {
            workers.signalIfNeeded();
            submitters.signalAll();
            if (task != null && stranded.removeIf(entry -> entry.task() == task)) {
                counters.direct.decrementAndGet(); // it is counted as accepted, and is now counted as rejected
                rejection = counters.reject(task, Reason.NOT_STARTED, "could not start a thread", failure);
            } else if (stranded.isEmpty()) {
                warn(failure);
            }
        } finally {
            abandon(stranded);
        }
        if (rejection != null) {
            throw rejection;
        }
        return false;
    }

    private void warn(Throwable failure) {
        Callbacks.run(
                PoolLog.LOG,
                "the log of " + state.name,
                () -> PoolLog.LOG.warn("{} could not start a thread, and goes on with fewer", state.name, failure));
    }

    /**
     * Requires the lock. Takes what waits if there is no worker. The end of the pool waits until it is abandoned, which
     * must come whatever happens before.
     */
    private List<Entry> takeStranded() {
        List<Entry> stranded = roster.isEmpty() ? backlog.drain() : new ArrayList<>();
        termination.hold(); // last, as there may have been no memory
        return stranded;
    }

    private void abandon(List<Entry> stranded) {
        List<Runnable> unheard = List.of();
        try {
            for (Entry entry : stranded) {
                Runnable shown = PoolTask.shown(entry.task());
                if (counters.abandon(entry.task()) && !(shown instanceof Future<?>)) {
                    unheard = with(shown, unheard);
                }
            }
        } finally {
            termination.release();
        }
        if (!stranded.isEmpty()) {
            Callbacks.error(
                    PoolLog.LOG,
                    "{} could not start a thread; {} tasks in its queue are cancelled",
                    state.name,
                    stranded.size());
        }
        for (Runnable task : unheard) { // nobody else would hear of it
            failures.handle(
                    task,
                    new TaskRejectedException(Reason.NOT_STARTED, state.name + " could not start a thread", null));
        }
    }

    private List<Runnable> with(Runnable task, List<Runnable> unheard) {
        try {
            List<Runnable> all = unheard.isEmpty() ? new ArrayList<>() : unheard;
            all.add(task);
            return all;
        } catch (Throwable noMemory) { // it must not keep the others from their end
            Callbacks.error(PoolLog.LOG, "{} never runs {}", state.name, task, noMemory);
            return unheard;
        }
    }

    /** A worker that has taken a task cannot begin it, as for want of memory, and ends. */
    void lost(Runnable task, Throwable failure) {
        Runnable shown = PoolTask.shown(task);
        if (counters.abandon(task) && !(shown instanceof Future<?>)) {
            failures.handle(shown, failure);
        }
    }
}
