package dev.weir.core.pool;

import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.pool.TaskQueue.Entry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which workers there are, those included that are just being started, and what those that have ended had counted. */
final class WorkerRoster {
    private final PoolState state;
    private final PromptLock lock;

    // Guarded by the lock, which is the pool's.
    private final Set<PoolWorker> workers = new HashSet<>();
    private final WorkerTotals ended = new WorkerTotals();

    /** Never changed, so that it can be read without the lock; null after a worker has come or gone. */
    private PoolWorker @Nullable [] all;

    WorkerRoster(PoolState state) {
        this.state = state;
        this.lock = state.lock;
    }

    /** Requires the lock. */
    void add(PoolWorker worker) {
        workers.add(worker);
        all = null;
    }

    /** Requires the lock. The worker could not be started. */
    void remove(PoolWorker worker) {
        workers.remove(worker);
        all = null;
    }

    /** Requires the lock. The worker has ended. */
    void ended(PoolWorker worker) {
        remove(worker);
        worker.addTo(ended, state.clocks.roughNanosOr(worker.startedNanos()));
    }

    /** Requires the lock. */
    boolean contains(PoolWorker worker) {
        return workers.contains(worker);
    }

    /** Requires the lock. */
    boolean isEmpty() {
        return workers.isEmpty();
    }

    /** Requires the lock. Takes the tasks of those workers that have one and have not begun to run it. */
    void takeUnbegun(List<Entry> into) {
        for (PoolWorker worker : workers) {
            Runnable task = worker.isHolding || !worker.hasClaimed ? worker.task() : null;
            if (task != null) {
                into.add(new Entry(task, worker.submittedNanos()));
                worker.setTask(null);
            }
        }
    }

    /** Whether a worker that could not be started still has its first task; a stop may have taken that away. */
    boolean hasFirst(PoolWorker worker) {
        lock.lock();
        try {
            return worker.task() != null;
        } finally {
            lock.unlock();
        }
    }

    /** All of them, as they are now; not to be changed. Takes the time of a copy only if one has come or gone. */
    PoolWorker[] list() {
        lock.lock();
        try {
            PoolWorker[] now = all;
            if (now == null) {
                now = workers.toArray(PoolWorker[]::new);
                all = now;
            }
            return now;
        } finally {
            lock.unlock();
        }
    }

    /** The threads of all workers, if each of them has begun and runs a task; else none. */
    List<Thread> busyThreads() {
        lock.lock();
        try {
            List<Thread> threads = new ArrayList<>(workers.size());
            for (PoolWorker worker : workers) {
                Thread thread = worker.thread();
                if (thread == null || worker.isHolding || worker.taskOrNull() == null) {
                    return List.of();
                }
                threads.add(thread);
            }
            return threads;
        } finally {
            lock.unlock();
        }
    }

    /** The thread of a worker that has begun and not ended, or null. */
    @Nullable
    Thread threadOf(PoolWorker worker) {
        lock.lock();
        try {
            return workers.contains(worker) ? worker.thread() : null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds up what the workers have counted, those that have ended included. The lock is held for the list only, not
     * for the sum: each worker is in the list or among those that have ended, and its counts only grow.
     */
    WorkerTotals totals() {
        WorkerTotals sum;
        PoolWorker[] present;
        lock.lock();
        try {
            sum = ended.copy();
            present = list();
        } finally {
            lock.unlock();
        }
        long now = state.clocks.roughNanosOr(0);
        for (PoolWorker worker : present) {
            worker.addTo(sum, now);
        }
        return sum;
    }
}
