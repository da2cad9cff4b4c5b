package dev.weir.core.pool;

import dev.weir.core.internal.InterruptGuard;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The user's own code of a task, as its future runs it: within a section of the guard of the thread that runs it, so
 * that an interrupt of the task reaches this code or nothing.
 *
 * <p>A thread that ends the task does that first and then looks for the section; this first begins the section and then
 * looks whether the task has ended. So either the code does not begin, or the interrupt reaches it.
 */
final class TaskBody<V extends @Nullable Object> implements Callable<V> {
    private volatile @Nullable Callable<V> code;

    // Of the thread that runs it; the guard is published by the section.
    private @Nullable InterruptGuard guard;
    private volatile long section;

    /** Whether the code has begun; of the thread that runs it. */
    boolean begun;

    private @Nullable PoolTask<V> task;

    TaskBody(Callable<V> code) {
        this.code = code;
    }

    /** By the thread that is about to run it. */
    void prepare(InterruptGuard own, PoolTask<V> owner) {
        guard = own;
        task = owner;
    }

    @Override
    public V call() throws Exception {
        Callable<V> own = code;
        InterruptGuard at = guard;
        PoolTask<V> owner = task;
        task = null;
        if (own == null || at == null || owner == null) {
            throw new CancellationException(); // it ended just now
        }
        section = at.begin();
        if (owner.hasEnded()) {
            boolean unused = at.endAndClear();
            throw new CancellationException();
        }
        begun = true;
        try {
            return own.call();
        } finally {
            boolean unused = at.endAndClear();
            owner.codeHasEnded();
        }
    }

    void interrupt() {
        long at = section;
        InterruptGuard own = guard;
        if (at != InterruptGuard.NONE && own != null) {
            boolean unused = own.interrupt(at);
        }
    }

    /** Whether the current thread is just running it. */
    boolean isRunningHere() {
        long at = section;
        InterruptGuard own = guard;
        return at != InterruptGuard.NONE
                && own != null
                && own.thread() == Thread.currentThread()
                && own.current() == at;
    }

    /** What is over leads nowhere. */
    void release() {
        code = null;
    }
}
