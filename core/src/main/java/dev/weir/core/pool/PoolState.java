package dev.weir.core.pool;

import dev.weir.core.internal.wait.PromptLock;

/**
 * What the parts of a pool share: its name and clocks, the lock that orders all that is rare, the counts and bounds of
 * its workers, and its flags. Knows none of the parts.
 */
final class PoolState {
    /** The lowest and the highest number of workers; one object, so that nobody sees one without the other. */
    record Limits(int min, int max) {}

    /** No task begins. */
    static final int PAUSED = 1;

    /** What runs was interrupted, and what waited was taken away. */
    static final int STOPPED = 2;

    /** There are more workers than the maximum. */
    static final int EXCESS = 4;

    /** No task is accepted. */
    static final int SHUTDOWN = 8;

    /**
     * It was stopped, but there was no memory to take all away that waits: the thread that meets such a task ends it.
     */
    static final int LEFT = 16;

    final String name;
    final Clocks clocks;
    final WorkerCounts counts = new WorkerCounts();

    /** The workers that wait for tasks of their own pool. */
    final OwnWaits waits = new OwnWaits(this);

    /** Held for a few instructions at a time, and never while foreign code runs. */
    final PromptLock lock = new PromptLock();

    /** Written under the lock. */
    volatile Limits limits;

    /** Whether the listeners know that the pool is saturated. */
    volatile boolean saturated;

    /** Written under the lock; read by each worker for each task. */
    private volatile int flags;

    PoolState(String name, Clocks clocks, Limits limits) {
        this.name = name;
        this.clocks = clocks;
        this.limits = limits;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Requires the lock. */
    void set(int flag) {
        flags |= flag;
    }

    /** Requires the lock. */
    void clear(int flag) {
        flags &= ~flag;
    }

    boolean isPaused() {
        return has(PAUSED);
    }

    boolean isShutdown() {
        return has(SHUTDOWN);
    }

    int workers() {
        return WorkerCounts.workers(counts.read());
    }

    int idle() {
        return WorkerCounts.idle(counts.read());
    }

    /** How many workers are not idle, at one moment. */
    int busy() {
        long word = counts.read();
        return WorkerCounts.workers(word) - WorkerCounts.idle(word);
    }

    /** Whether there may be another worker: below the maximum, or in the place of those that all wait. */
    boolean mayGrow() {
        int workers = workers();
        return workers < limits.max() || waits.holdAll(workers);
    }

    /** Whether there are more workers than the maximum. */
    boolean isAboveMax() {
        return workers() > limits.max();
    }

    /** Whether there are more workers than there may be. */
    boolean isTooMany() {
        return isAboveMax() && !waits.holdAll(workers() - 1);
    }
}
