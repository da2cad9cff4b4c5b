package dev.weir.core.pool;

import java.time.Duration;
import java.util.List;

/**
 * Hears what happens in a {@link WorkerPool}. Called outside of locks, mostly in the thread in which it happened, so an
 * implementation must be thread-safe and quick. What it throws is logged at ERROR and harms nobody.
 *
 * <p><b>Thread-safety.</b> Called by many threads at once. <b>Blocking.</b> It must be quick: a worker, or a submitter,
 * waits for it. <b>Interruption.</b> An interrupt of the thread that calls is left alone. <b>Fairness.</b> None: events
 * of different threads come in no order. <b>Memory effects.</b> What the thread did before the event happens-before the
 * call.
 */
public interface WorkerPoolListener {
    /**
     * A task found all workers busy and the queue full. Called once, until a worker has found the queue empty again.
     *
     * @param pool the pool
     */
    default void onSaturated(WorkerPool pool) {}

    /**
     * The bounds of the pool have been changed.
     *
     * @param pool the pool
     * @param minWorkers the workers that there are at least
     * @param maxWorkers the workers that there are at most
     * @param queueCapacity the tasks that may wait
     */
    default void onResized(WorkerPool pool, int minWorkers, int maxWorkers, int queueCapacity) {}

    /**
     * A task has run for longer than {@linkplain WorkerPoolBuilder#slowTaskThreshold the threshold}.
     *
     * @param pool the pool
     * @param task its name, or its {@code toString()}
     * @param queued how long it waited for a worker, never negative
     * @param ran how long it ran, never negative
     */
    default void onSlowTask(WorkerPool pool, String task, Duration queued, Duration ran) {}

    /**
     * A task still runs in a worker after {@linkplain WorkerPoolBuilder#slowTaskThreshold the threshold}. Called once
     * for a task, before it has run for twice the threshold, in a thread of the pool's own.
     *
     * @param pool the pool
     * @param task its name, or its {@code toString()}
     * @param ran how long it has run so far, never negative
     * @param stack where its worker is
     */
    default void onTaskStillRunning(WorkerPool pool, String task, Duration ran, List<StackTraceElement> stack) {}

    /**
     * The pool has come to a standstill: tasks are queued, none has begun for
     * {@linkplain WorkerPoolBuilder#stallThreshold the threshold}, and all workers wait for something. Called once,
     * until the queue moves again.
     *
     * @param pool the pool
     * @param threshold for how long no queued task has begun, at least
     * @param workers the threads of the workers, for their stacks
     */
    default void onStalled(WorkerPool pool, Duration threshold, List<Thread> workers) {}
}
