package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The end of a pool, and the threads that wait for it.
 *
 * <pre>
 *   open --shutdown--&gt; shut down --no worker, no task, nobody with a task in hand--&gt; terminated
 * </pre>
 *
 * <p>The thread that takes the last worker or the last task away calls {@link #signalIfOver()} under the same lock. One
 * that is about to take tasks away, and to end their futures then, {@linkplain #hold() holds} the end up until it has.
 */
final class Termination {
    /** In a thread for which an end waits: which one. */
    private static final ThreadLocal<@Nullable Termination> WAITS = new ThreadLocal<>();

    private final PoolState state;
    private final Backlog backlog;

    /**
     * Grows before a task is taken away, and is read after there is none: so a thread that finds none sees that it
     * grew.
     */
    private final AtomicInteger holds = new AtomicInteger();

    /** Guarded by the pool's lock. */
    private final WaiterQueue<Waiter> waiters = new WaiterQueue<>();

    /** Written under the pool's lock. */
    private volatile boolean terminated;

    Termination(PoolState state, Backlog backlog) {
        this.state = state;
        this.backlog = backlog;
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        state.lock.lock();
        try {
            return "WorkerPool " + state.name + ": its termination, " + WaitText.of(waiters);
        } finally {
            state.lock.unlock();
        }
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

    /** Before a task is taken away, or together with that under the lock. Needs no lock, and no memory. */
    void hold() {
        holds.incrementAndGet();
    }

    /** What was taken away has ended. */
    void release() {
        // The number first: a shutdown sets its flag before it looks at the number.
        if (holds.decrementAndGet() == 0) {
            endIfOver();
        }
    }

    /** As {@link #signalIfOver()}, for a thread that has not the lock. */
    void endIfOver() {
        if (state.isShutdown()) {
            state.lock.lock();
            try {
                signalIfOver();
            } finally {
                state.lock.unlock();
            }
        }
    }

    /** Holds until something has run, once: the thread that runs it may not wait for the end. */
    Callbacks.Call holdFor(Runnable call) {
        Held held = new Held(call);
        hold(); // last, as there may have been no memory
        return held;
    }

    /** Whether the end waits for what the current thread does. */
    boolean waitsForCaller() {
        return WAITS.get() == this;
    }

    /** Requires the lock. */
    void signalIfOver() {
        if (!terminated && holds.get() == 0 && state.isShutdown() && state.workers() == 0 && backlog.isEmpty()) {
            terminated = true;
            for (Waiter waiter = waiters.pollFirst(); waiter != null; waiter = waiters.pollFirst()) {
                waiter.signal();
            }
        }
    }

    /** May run twice, where a thread was handed it and could not be started. */
    private final class Held implements Callbacks.Call {
        private final Runnable call;
        private final AtomicBoolean over = new AtomicBoolean();

        Held(Runnable call) {
            this.call = call;
        }

        @Override
        public void run() {
            Termination outer = WAITS.get();
            try {
                WAITS.set(Termination.this);
                call.run();
            } finally {
                if (over.compareAndSet(false, true)) {
                    release();
                }
                if (outer == null) {
                    WAITS.remove();
                } else {
                    WAITS.set(outer);
                }
            }
        }
    }
}
