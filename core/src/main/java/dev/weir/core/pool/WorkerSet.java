package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;
import dev.weir.core.pool.TaskQueue.Entry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The workers of a pool: starts them, puts them to sleep, wakes and ends them. The states of a worker are those of
 * {@link WorkerCounts}. What is done under the lock is short and calls no foreign code.
 */
final class WorkerSet {
    private static final int YIELDS_BEFORE_PARK = 20;

    private final PoolState state;
    private final WorkerCounts counts;
    private final PromptLock lock;
    private final Backlog backlog;
    private final Termination termination;
    private final ThreadFactory threads;
    private final Duration keepAlive;
    private final Function<@Nullable Runnable, PoolWorker> workerFor;
    private final WorkerRoster workers;

    // Guarded by the lock.
    private final WaiterQueue<PoolWorker> parked = new WaiterQueue<>();
    private final PausedWorkers holders;

    /** @param workerFor makes a worker for its first task, or for the queue */
    WorkerSet(
            PoolState state,
            Backlog backlog,
            Termination termination,
            WorkerRoster workers,
            PoolSettings settings,
            Function<@Nullable Runnable, PoolWorker> workerFor) {
        this.state = state;
        this.counts = state.counts;
        this.lock = state.lock;
        this.backlog = backlog;
        this.termination = termination;
        this.workers = workers;
        this.holders = new PausedWorkers(state);
        this.threads = settings.threadFactory();
        this.keepAlive = Duration.ofNanos(settings.keepAliveNanos);
        this.workerFor = workerFor;
    }

    boolean hasWork() {
        return !state.isPaused() && !backlog.isEmpty();
    }

    // ---- more workers

    /** Whether a new task should have a worker of its own: there is none to spare, and there may be more. */
    boolean shouldGrow() {
        if (!state.mayGrow() || state.isPaused()) {
            return false;
        }
        int waiting = backlog.size(); // before the counts, which a worker changes before it takes a task
        return state.idle() <= waiting;
    }

    /**
     * Reserves a place for one more worker.
     *
     * @param first its first task, or null to search the queue
     * @return the worker, to be started outside of the lock, or null if there are enough
     */
    @Nullable
    PoolWorker reserve(@Nullable Runnable first) {
        lock.lock();
        try {
            int waiting = backlog.size(); // before the counts, which a worker changes before it takes a task
            boolean wanted = first == null ? hasWork() && state.idle() < waiting : !state.isShutdown() && shouldGrow();
            if (!wanted || !state.mayGrow()) {
                return null;
            }
            PoolWorker worker = workerFor.apply(first);
            workers.add(worker);
            counts.add(first == null ? WorkerCounts.WORKER + WorkerCounts.SEARCHING : WorkerCounts.WORKER);
            noteExcess();
            return worker;
        } finally {
            lock.unlock();
        }
    }

    /** Returns why the thread could not be started, or null. The worker is forgotten then. */
    @Nullable
    Throwable start(PoolWorker worker) {
        try {
            Thread thread = threads.newThread(worker);
            if (thread == null) {
                throw new IllegalStateException("the thread factory of " + state.name + " returned null");
            }
            thread.start();
            return null;
        } catch (Throwable failure) {
            lock.lock();
            try {
                if (worker.hasClaimed) {
                    return null; // the factory had started the thread itself
                }
                workers.remove(worker);
                counts.add(worker.hasFirst ? -WorkerCounts.WORKER : -WorkerCounts.WORKER - WorkerCounts.SEARCHING);
            } finally {
                lock.unlock();
            }
            return failure;
        }
    }

    /** The thread of a worker begins. Returns false if the pool does not know it, as it seemed not to start. */
    boolean claim(PoolWorker worker) {
        lock.lock();
        try {
            if (!workers.contains(worker)) {
                return false;
            }
            worker.begin();
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ---- wakeups

    /** To be called after a task was queued. Reads what the workers write before they look into the queue. */
    void signalIfNeeded() {
        long now = counts.read();
        if (WorkerCounts.searching(now) == 0 && WorkerCounts.parked(now) != 0 && hasWork()) {
            wakeOne();
        }
    }

    /**
     * Wakes a worker if need be, after a task was queued.
     *
     * @return whether there may have to be another worker
     */
    boolean afterOffer() {
        long now = counts.read();
        if (WorkerCounts.searching(now) == 0 && WorkerCounts.parked(now) != 0 && !state.isPaused()) {
            wakeOne();
        }
        return WorkerCounts.workers(now) < state.limits.max() || state.mayGrow();
    }

    private void wakeOne() {
        Thread thread;
        lock.lock();
        try {
            // The last to park: still warm.
            PoolWorker worker = WorkerCounts.searching(counts.read()) == 0 ? parked.pollFirst() : null;
            if (worker == null) {
                return;
            }
            counts.add(WorkerCounts.SEARCHING - WorkerCounts.PARKED);
            thread = worker.markSignalled();
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(thread);
    }

    /** Requires the lock. All look at the new state of the pool, and those that it does not need end. */
    void wakeAll() {
        for (PoolWorker worker = parked.pollFirst(); worker != null; worker = parked.pollFirst()) {
            counts.add(WorkerCounts.SEARCHING - WorkerCounts.PARKED);
            worker.signal();
        }
    }

    // ---- a worker without work

    /**
     * Waits until there is work, or this worker has to end. It is searching when it comes, and when it is to go on.
     *
     * @return false if it has to end, and is forgotten
     */
    boolean awaitWork(PoolWorker worker) {
        // A virtual thread parks for less than a yield costs.
        int yields = Thread.currentThread().isVirtual() ? 0 : YIELDS_BEFORE_PARK;
        while (true) {
            for (int i = 0; i < yields && !hasWork() && !state.isShutdown(); i++) {
                Thread.yield();
            }
            // The thread that replaces the queue has the lock, and may need
            // the processor on which this worker would try in vain.
            if (hasWork() && !state.has(PoolState.EXCESS) && !backlog.isBeingReplaced()) {
                return true;
            }
            boolean ends;
            lock.lock();
            try {
                boolean unwanted = state.isTooMany();
                if (hasWork() && !unwanted) {
                    return true;
                }
                ends = unwanted || (state.isShutdown() && backlog.isEmpty());
                if (ends) {
                    counts.add(-WorkerCounts.WORKER - WorkerCounts.SEARCHING);
                    forget(worker);
                } else {
                    worker.renew();
                    parked.addFirst(worker);
                    counts.add(WorkerCounts.PARKED - WorkerCounts.SEARCHING);
                }
            } finally {
                lock.unlock();
            }
            if (ends) {
                signalIfNeeded(); // a submitter may have counted on this one
                return false;
            }
            if (!park(worker)) {
                return false;
            }
        }
    }

    /** Returns false if the worker has ended. An interrupt does not wake it: idle, it is of no concern to anybody. */
    private boolean park(PoolWorker worker) {
        if (hasWork()) { // the look after the counts were written
            unparkSelf(worker);
            return true;
        }
        Deadline keptUntil = Deadline.after(keepAlive, state.clocks.exact);
        if (worker.awaitUninterruptibly(this, keptUntil) == Waiter.End.EXPIRED) {
            if (endIfSpare(worker)) {
                return false;
            }
            worker.awaitUninterruptibly(this, Deadline.never()); // one of the minimum
        }
        return true;
    }

    /** What thread dumps show as waited for by idle workers. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "WorkerPool " + state.name + ": a task, " + WaitText.of(parked);
        } finally {
            lock.unlock();
        }
    }

    private void unparkSelf(PoolWorker worker) {
        lock.lock();
        try {
            if (parked.remove(worker)) {
                counts.add(WorkerCounts.SEARCHING - WorkerCounts.PARKED);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns false if the worker is still wanted. */
    boolean endIfSpare(PoolWorker worker) {
        lock.lock();
        try {
            if (worker.isSignalled() || state.workers() <= state.limits.min()) {
                return false;
            }
            parked.remove(worker);
            counts.add(-WorkerCounts.PARKED - WorkerCounts.WORKER);
            if (hasWork()) { // a submitter may have counted on this one; after a pause others are started
                counts.add(WorkerCounts.WORKER + WorkerCounts.SEARCHING);
                worker.markSignalled();
                return false;
            }
            forget(worker);
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ---- a worker with a task that must not begin

    /**
     * Keeps a worker that took a task just when a pause began until the pause ends.
     *
     * @return its task, or null if a stop has taken it away
     */
    @Nullable
    Runnable holdWhilePaused(PoolWorker worker) {
        return holders.hold(worker);
    }

    /** Requires the lock. The pause is over. */
    void letGo() {
        holders.letGo();
    }

    /** Requires the lock. Takes the tasks of those workers that have one and have not begun to run it. */
    void takeUnbegun(List<Entry> into) {
        workers.takeUnbegun(into);
        holders.letGo();
    }

    /** Requires the lock. */
    int holding() {
        return holders.count();
    }

    // ---- fewer workers

    /** Ends a worker that has done a task, if there are more than the maximum. */
    boolean endIfExcess(PoolWorker worker) {
        lock.lock();
        try {
            if (!state.isTooMany()) {
                noteExcess();
                return false;
            }
            counts.add(-WorkerCounts.WORKER);
            forget(worker);
        } finally {
            lock.unlock();
        }
        signalIfNeeded(); // it may have been on its way to wake the next one
        return true;
    }

    /** A worker ends by an error that is not a task's. */
    void died(PoolWorker worker, long itsState) {
        lock.lock();
        try {
            if (workers.contains(worker)) {
                counts.add(-WorkerCounts.WORKER - (parked.remove(worker) ? WorkerCounts.PARKED : itsState));
                forget(worker);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock; the counts know already. */
    private void forget(PoolWorker worker) {
        try {
            workers.ended(worker);
        } finally { // also if there is no memory to read the clock
            noteExcess();
            termination.signalIfOver();
        }
    }

    /** Requires the lock. */
    void resize(PoolState.Limits limits) {
        state.limits = limits;
        noteExcess();
        wakeAll();
    }

    /** Requires the lock. Has all workers look whether they have to end while there are more than the maximum. */
    private void noteExcess() {
        if (state.isAboveMax()) {
            state.set(PoolState.EXCESS);
        } else if (state.has(PoolState.EXCESS)) {
            state.clear(PoolState.EXCESS);
        }
    }
}
