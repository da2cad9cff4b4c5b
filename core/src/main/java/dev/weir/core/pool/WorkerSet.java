package dev.weir.core.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The workers of a pool: starts them, puts them to sleep, wakes and ends them. The states of a worker are those of
 * {@link WorkerCounts}.
 *
 * <p>Wakeups are few: a submitter wakes a worker only if none is searching, for a worker that searches finds the task;
 * and a worker that has found one after it searched wakes the next one if there is more. Whatever is done under the lock
 * is short and calls no foreign code.
 */
final class WorkerSet {
    /** How many workers there are at least and at most; one object, so that nobody sees one without the other. */
    record Limits(int min, int max) {}

    /** Bits of {@link #flags}. */
    static final int PAUSED = 1;

    static final int STOPPED = 2;
    /** There are more workers than the maximum. */
    static final int EXCESS = 4;

    private static final int YIELDS_BEFORE_PARK = 20;

    final WorkerCounts census;
    final Clocks clocks;
    private final String pool;
    private final Backlog backlog;
    private final ReentrantLock lock;
    private final ThreadFactory threads;
    private final long keepAliveNanos;
    private final PoolEngine engine;

    /** Written under the lock. */
    volatile Limits limits;

    /** Written under the lock; read by each worker for each task. */
    volatile int flags;

    /** Written under the lock. */
    private volatile boolean shutdown;

    // Guarded by the lock.
    private final Set<PoolWorker> workers = new HashSet<>();
    private final ArrayDeque<PoolWorker> parked = new ArrayDeque<>();
    private long endedBusyNanos;
    private long endedLifeNanos;
    private long endedCompleted;
    private long endedFailed;
    private long endedCancelled;

    WorkerSet(PoolEngine engine, WorkerPool.Builder builder, ThreadFactory threads, Backlog backlog, ReentrantLock lock) {
        this.engine = engine;
        this.pool = builder.name;
        this.clocks = engine.clocks;
        this.census = engine.census;
        this.backlog = backlog;
        this.lock = lock;
        this.threads = threads;
        this.keepAliveNanos = builder.keepAliveNanos;
        this.limits = new Limits(builder.minWorkers, builder.maxWorkers);
    }

    boolean hasWork() {
        return (flags & PAUSED) == 0 && !backlog.isEmpty();
    }

    /** Whether a new task should have a worker of its own: there is none to spare, and there may be more. */
    boolean shouldGrow() {
        if (WorkerCounts.workers(census.read()) >= limits.max || (flags & PAUSED) != 0) {
            return false;
        }
        int waiting = backlog.length(); // before the census, which a worker changes before it takes a task
        return WorkerCounts.idle(census.read()) <= waiting;
    }

    /** To be called after a task was queued. Reads what the workers write before they look into the queue. */
    void signalIfNeeded() {
        long now = census.read();
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
        long now = census.read();
        if (WorkerCounts.searching(now) == 0 && WorkerCounts.parked(now) != 0 && (flags & PAUSED) == 0) {
            wakeOne();
        }
        return WorkerCounts.workers(now) < limits.max;
    }

    private void wakeOne() {
        PoolWorker worker;
        lock.lock();
        try {
            worker = WorkerCounts.searching(census.read()) == 0 ? parked.pollFirst() : null; // the last to park: still warm
            if (worker == null) {
                return;
            }
            census.add(WorkerCounts.SEARCHING - WorkerCounts.PARKED);
            worker.woken = true;
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(worker.thread);
    }

    /** Requires the lock. All look at the new state of the pool, and those that it does not need end. */
    void wakeAll() {
        for (PoolWorker worker : parked) {
            census.add(WorkerCounts.SEARCHING - WorkerCounts.PARKED);
            worker.woken = true;
            LockSupport.unpark(worker.thread);
        }
        parked.clear();
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
            int waiting = backlog.waiting(); // before the census, which a worker changes before it takes a task
            long now = census.read();
            boolean wanted = first == null ? hasWork() && WorkerCounts.idle(now) < waiting : !shutdown && shouldGrow();
            if (!wanted || WorkerCounts.workers(now) >= limits.max) {
                return null;
            }
            PoolWorker worker = new PoolWorker(this, engine, first);
            workers.add(worker);
            census.add(first == null ? WorkerCounts.WORKER + WorkerCounts.SEARCHING : WorkerCounts.WORKER);
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
                throw new IllegalStateException("the thread factory of " + pool + " returned null");
            }
            worker.thread = thread;
            thread.start();
            return null;
        } catch (Throwable failure) {
            lock.lock();
            try {
                if (worker.claimed) {
                    return null; // the factory had started the thread itself
                }
                workers.remove(worker);
                census.add(worker.hasFirst ? -WorkerCounts.WORKER : -WorkerCounts.WORKER - WorkerCounts.SEARCHING);
            } finally {
                lock.unlock();
            }
            return failure;
        }
    }

    /** Whether the pool believes in this worker; it does not if its thread seemed not to start. */
    boolean claim(PoolWorker worker) {
        lock.lock();
        try {
            if (!workers.contains(worker)) {
                return false;
            }
            worker.claimed = true;
            worker.thread = Thread.currentThread();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until there is work, or this worker has to end. It is searching when it comes, and when it is to go on.
     *
     * @return false if it has to end, and is forgotten
     */
    boolean awaitWork(PoolWorker worker) {
        int yields = worker.isVirtual() ? 0 : YIELDS_BEFORE_PARK; // a virtual thread parks for less than a yield costs
        while (true) {
            for (int i = 0; i < yields && !hasWork() && !shutdown; i++) {
                Thread.yield();
            }
            // Whoever replaces the queue has the lock, and may need the processor on which this worker would try in
            // vain.
            if (hasWork() && (flags & EXCESS) == 0 && !backlog.isBeingReplaced()) {
                return true;
            }
            boolean ends;
            lock.lock();
            try {
                boolean unwanted = isUnwanted(worker);
                if (hasWork() && !unwanted) {
                    return true;
                }
                ends = unwanted || (shutdown && backlog.isEmpty());
                if (ends) {
                    census.add(-WorkerCounts.WORKER - WorkerCounts.SEARCHING);
                    forget(worker);
                } else {
                    worker.woken = false;
                    parked.addFirst(worker);
                    census.add(WorkerCounts.PARKED - WorkerCounts.SEARCHING);
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

    /** Requires the lock. */
    private boolean isTooMany() {
        return WorkerCounts.workers(census.read()) > limits.max;
    }

    /** Requires the lock. Whether there are too many, and not just others that wait for tasks in the queue. */
    private boolean isUnwanted(PoolWorker worker) {
        if (!isTooMany() || backlog.isEmpty()) {
            return isTooMany();
        }
        for (PoolWorker other : workers) {
            if (other != worker && other.waitsFor == null) {
                return true;
            }
        }
        return false;
    }

    /** Returns false if the worker has ended. */
    private boolean park(PoolWorker worker) {
        if (hasWork()) { // the look after the census was written
            unparkSelf(worker);
            return true;
        }
        long since = clocks.nanos();
        boolean expires = true;
        while (!worker.woken) {
            Thread.interrupted(); // idle, it concerns nobody, and would keep the thread from parking
            long left = expires ? keepAliveNanos - (clocks.nanos() - since) : 0;
            if (left > 0) {
                clocks.exact.parkNanos(this, left);
            } else if (expires) {
                expires = false;
                if (endIfSpare(worker)) {
                    return false;
                }
            } else {
                LockSupport.park(this); // one of the minimum
            }
        }
        return true;
    }

    private void unparkSelf(PoolWorker worker) {
        lock.lock();
        try {
            if (!worker.woken) {
                parked.remove(worker);
                census.add(WorkerCounts.SEARCHING - WorkerCounts.PARKED);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns false if the worker is still wanted. */
    boolean endIfSpare(PoolWorker worker) {
        lock.lock();
        try {
            if (worker.woken || WorkerCounts.workers(census.read()) <= limits.min) {
                return false;
            }
            parked.remove(worker);
            census.add(-WorkerCounts.PARKED - WorkerCounts.WORKER);
            if (!backlog.isEmpty()) { // a submitter may have counted on this one
                census.add(WorkerCounts.WORKER + WorkerCounts.SEARCHING);
                worker.woken = true;
                return false;
            }
            forget(worker);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a worker that has done a task, if there are more than the maximum. */
    boolean endIfExcess(PoolWorker worker) {
        lock.lock();
        try {
            if (!isTooMany()) {
                flags &= ~EXCESS;
            }
            if (!isUnwanted(worker)) {
                return false;
            }
            census.add(-WorkerCounts.WORKER);
            forget(worker);
        } finally {
            lock.unlock();
        }
        signalIfNeeded(); // it may have been on its way to wake the next one
        return true;
    }

    /** A worker ends by an error that is not a task's. */
    void died(PoolWorker worker, long state) {
        lock.lock();
        try {
            if (workers.contains(worker)) {
                census.add(-WorkerCounts.WORKER - (parked.remove(worker) ? WorkerCounts.PARKED : state));
                forget(worker);
            }
        } finally {
            lock.unlock();
        }
        engine.ensureWorkers();
        engine.submitters.signalIfWaiting(); // there may be another one in its place
    }

    /** Requires the lock; the census knows already. */
    private void forget(PoolWorker worker) {
        workers.remove(worker);
        if (!isTooMany()) {
            flags &= ~EXCESS;
        }
        endedCompleted += worker.completed;
        endedFailed += worker.failed;
        endedCancelled += worker.cancelled;
        long now = clocks.roughNanosOr(worker.startedNanos());
        endedBusyNanos += worker.busyNanos(now);
        endedLifeNanos += worker.lifeNanos(now);
        engine.signalIfTerminated();
    }

    /** Requires the lock. */
    void resize(Limits newLimits) {
        limits = newLimits;
        if (isTooMany()) {
            flags |= EXCESS;
        }
        wakeAll();
    }

    /** Requires the lock. */
    void shutdown() {
        shutdown = true;
        flags &= ~PAUSED;
        wakeAll();
    }

    /** Interrupts those that have not ended meanwhile. */
    void interrupt(List<PoolWorker> some) {
        lock.lock();
        try {
            for (PoolWorker worker : some) {
                Thread thread = worker.thread;
                if (thread != null && workers.contains(worker)) {
                    thread.interrupt();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. */
    boolean isEmpty() {
        return workers.isEmpty();
    }

    /** Requires the lock. */
    @Nullable
    PoolWorker workerOf(Thread thread) {
        for (PoolWorker worker : workers) {
            if (worker.thread == thread) {
                return worker;
            }
        }
        return null;
    }

    /** Requires the lock. */
    int size() {
        return workers.size();
    }

    /** Requires the lock. */
    List<PoolWorker> list() {
        return new ArrayList<>(workers);
    }

    /** Requires the lock. Adds up what the workers have counted, those that have ended included. */
    Totals totals() {
        long completed = endedCompleted;
        long failed = endedFailed;
        long cancelled = endedCancelled;
        long busy = endedBusyNanos;
        long life = endedLifeNanos;
        long now = clocks.roughNanos();
        for (PoolWorker worker : workers) {
            completed += worker.completed();
            failed += worker.failed();
            cancelled += worker.cancelled();
            busy += worker.busyNanos(now);
            life += worker.lifeNanos(now);
        }
        return new Totals(completed, failed, cancelled, busy, life);
    }

    record Totals(long completed, long failed, long cancelled, long busyNanos, long lifeNanos) {}
}
