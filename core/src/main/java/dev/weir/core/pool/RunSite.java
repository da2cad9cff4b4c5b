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

    /** Counts nothing: a task that somebody runs who was given it as a {@link Runnable}. */
    static RunSite elsewhere() {
        InterruptGuard own = new InterruptGuard();
        return new RunSite() {
            @Override
            public InterruptGuard guard() {
                return own;
            }

            @Override
            public boolean isWorker() {
                return false;
            }

            @Override
            public void completed(boolean failed) {}

            @Override
            public void neverBegan() {}
        };
    }
}
