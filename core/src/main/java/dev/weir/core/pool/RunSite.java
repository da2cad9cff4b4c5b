package dev.weir.core.pool;

import dev.weir.core.internal.InterruptGuard;

/** Where a task runs: in a worker, or in the thread that submitted it. Used by that thread alone, but for the guard. */
interface RunSite {
    /** What the interrupts of the task go through. */
    InterruptGuard guard();

    /** Whether the thread is a worker's, which keeps nothing of its own between tasks. */
    boolean isWorker();

    /** Counts a task that has run to its end; called before anybody can know that it has. */
    void completed(boolean failed);

    /** Counts a task that was cancelled, or ran out of time, before it began. */
    void neverBegan();
}
