package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;

/**
 * The end of a pool, and the threads that wait for it.
 *
 * <pre>
 *   open --shutdown--&gt; shut down --no worker, no task, nobody with a task in hand--&gt; terminated
 * </pre>
 *
 * <p>The thread that takes the last worker or the last task away calls {@link #signalIfOver()} under the same lock. One
 * that has taken tasks away and still has to end their futures {@linkplain #hold() holds} the end up until it has.
 */
final class Termination {
    private final PoolState state;
    private final Backlog backlog;

    // Guarded by the pool's lock.
    private final WaiterQueue<Waiter> waiters = new WaiterQueue<>();
    private int holds;

    /** Written under the pool's lock. */
    private volatile boolean terminated;

    Termination(PoolState state, Backlog backlog) {
        this.state = state;
        this.backlog = backlog;
    }

    boolean isTerminated() {
        return terminated;
    }

    boolean await(Deadline deadline) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        Waiter self = new Waiter();
        state.lock.lock();
        try {
            if (terminated) {
                return true;
            }
            waiters.addLast(self);
        } finally {
            state.lock.unlock();
        }
        try {
            Waiter.End end = self.await(this, deadline);
            if (end == Waiter.End.INTERRUPTED) {
                Interrupts.throwIfInterrupted();
            }
            return terminated;
        } finally {
            state.lock.lock();
            try {
                waiters.remove(self);
            } finally {
                state.lock.unlock();
            }
        }
    }

    /** Requires the lock. */
    void hold() {
        holds++;
    }

    /** What was taken away has ended. */
    void release() {
        state.lock.lock();
        try {
            holds--;
            signalIfOver();
        } finally {
            state.lock.unlock();
        }
    }

    /** Requires the lock. */
    void signalIfOver() {
        if (!terminated && holds == 0 && state.isShutdown() && state.workers() == 0 && backlog.isEmpty()) {
            terminated = true;
            for (Waiter waiter = waiters.pollFirst(); waiter != null; waiter = waiters.pollFirst()) {
                waiter.signal();
            }
        }
    }
}
