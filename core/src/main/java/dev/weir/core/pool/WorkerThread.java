package dev.weir.core.pool;

import dev.weir.core.internal.InterruptGuard;
import org.jspecify.annotations.Nullable;

/**
 * What a worker's thread knows of itself while it runs tasks: which pool it serves, and how deep it is in its tasks.
 */
final class WorkerThread {
    private static final ThreadLocal<@Nullable WorkerThread> CURRENT = new ThreadLocal<>();

    private final PoolState pool;

    /** Of the task that it runs; of the innermost one, if tasks run within one another. */
    InterruptGuard guard;

    /** How many tasks it runs within the one that it took, because the pool had no room for them. */
    int depth;

    WorkerThread(PoolState pool, InterruptGuard guard) {
        this.pool = pool;
        this.guard = guard;
    }

    void enter() {
        CURRENT.set(this);
    }

    static void leave() {
        CURRENT.remove();
    }

    /** The current thread as a worker of this pool, or null if it is none. */
    static @Nullable WorkerThread of(PoolState pool) {
        WorkerThread current = CURRENT.get();
        return current != null && current.pool == pool ? current : null;
    }
}
