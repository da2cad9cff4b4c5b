package dev.weir.core.pool;

import dev.weir.core.Times;
import java.util.Objects;

/**
 * What a {@link WorkerPool} has done and is doing. Immutable. The counts are exact, and are read one after the other
 * while the pool works; once it is at rest, every task that was submitted is in exactly one of {@code completed},
 * {@code cancelled}, {@code rejected}, {@code discarded}, {@code abandoned}, {@code queued}, {@code active}. (A task
 * that a submitter has not got in yet, or runs itself, is in none, and not in {@code submitted} either.)
 *
 * <p>The times are sampled: the first 64 tasks of a queue and then one in 64, measured with the pool's exact clock. The
 * task for which a worker is started is in no queue, and not measured.
 *
 * @param submitted how many tasks were handed in, the rejected ones included
 * @param completed how many ran to their end in a worker or in their submitter, the failed ones included
 * @param failed how many of those threw or ran out of their time to run
 * @param cancelled how many were cancelled by their owner, or ran out of their time in the queue, before they began;
 *     they count from when they have left the queue
 * @param rejected how many were refused, and so never ran
 * @param discarded how many gave way to a newer one, and so never ran
 * @param abandoned how many were still waiting when the pool was stopped, and so never ran
 * @param queued how many wait in the queue
 * @param peakQueued how many waited in the queue at most
 * @param active how many workers run a task
 * @param workers how many workers there are
 * @param blockedSubmitters how many threads wait for room
 * @param queueTime how long tasks waited for a worker
 * @param runTime how long they ran
 * @param utilisation the part of their lives that all workers so far have spent with tasks, from 0 to 1; it is measured
 *     with the coarse clock where that of the pool is the system's
 */
public record PoolMetrics(
        long submitted,
        long completed,
        long failed,
        long cancelled,
        long rejected,
        long discarded,
        long abandoned,
        int queued,
        int peakQueued,
        int active,
        int workers,
        int blockedSubmitters,
        Times queueTime,
        Times runTime,
        double utilisation) {
    /**
     * Makes a record; null is refused.
     *
     * @param submitted tasks handed in
     * @param completed tasks that ran
     * @param failed tasks that failed
     * @param cancelled tasks that were cancelled
     * @param rejected tasks that were refused
     * @param discarded tasks that gave way
     * @param abandoned tasks that were stopped
     * @param queued tasks that wait
     * @param peakQueued tasks that waited at most
     * @param active workers with a task
     * @param workers workers
     * @param blockedSubmitters threads that wait for room
     * @param queueTime time in the queue
     * @param runTime time at work
     * @param utilisation the busy part, from 0 to 1
     */
    public PoolMetrics {
        Objects.requireNonNull(queueTime, "queueTime");
        Objects.requireNonNull(runTime, "runTime");
    }
}
