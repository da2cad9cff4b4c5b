package dev.weir.core.pool;

import java.time.Duration;

/**
 * Is told what happens in a {@link WorkerPool}. Called outside of locks, in the thread in which it happened, so an
 * implementation must be thread-safe and quick. What it throws is logged at ERROR and harms nobody.
 */
public interface WorkerPoolListener {
    /**
     * A task found all workers busy and the queue full. Told once, until a worker has found the queue empty again.
     *
     * @param pool the pool
     */
    default void saturated(WorkerPool pool) {}

    /**
     * The bounds of the pool have been changed.
     *
     * @param pool the pool
     * @param minWorkers the workers that there are at least
     * @param maxWorkers the workers that there are at most
     * @param queueCapacity the tasks that may wait
     */
    default void resized(WorkerPool pool, int minWorkers, int maxWorkers, int queueCapacity) {}

    /**
     * A task has run for longer than {@linkplain WorkerPool.Builder#slowTaskThreshold the threshold}.
     *
     * @param pool the pool
     * @param task its name, or its {@code toString()}
     * @param queued how long it waited for a worker
     * @param ran how long it ran
     */
    default void slowTask(WorkerPool pool, String task, Duration queued, Duration ran) {}
}
