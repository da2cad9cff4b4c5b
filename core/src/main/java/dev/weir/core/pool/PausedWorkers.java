package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;
import org.jspecify.annotations.Nullable;

/** Workers that took a task just when a pause began, and hold it until the pause ends or a stop takes it away. */
final class PausedWorkers {
    private final PoolState state;
    private final PromptLock lock;

    // Guarded by the lock, which is the pool's.
    private final WaiterQueue<PoolWorker> holders = new WaiterQueue<>();

    PausedWorkers(PoolState state) {
        this.state = state;
        this.lock = state.lock;
    }

    /** Returns the worker's task, or null if a stop has taken it away. */
    @Nullable
    Runnable hold(PoolWorker worker) {
        lock.lock();
        try {
            if (!state.isPaused()) {
                return worker.task();
            }
            worker.renew();
            worker.isHolding = true;
            holders.addLast(worker);
        } finally {
            lock.unlock();
        }
        Waiter.End unused = worker.awaitUninterruptibly(this, Deadline.never());
        return worker.task();
    }

    /** Requires the lock. */
    void letGo() {
        for (PoolWorker worker = holders.pollFirst(); worker != null; worker = holders.pollFirst()) {
            worker.isHolding = false;
            worker.signal();
        }
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "WorkerPool " + state.name + ": the end of its pause, with a task in hand, " + WaitText.of(holders);
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. */
    int count() {
        return holders.size();
    }
}
