package dev.weir.core.pool;

import java.time.Duration;
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

    /**
     * A distribution of durations, each rounded up by an eighth at most. Immutable.
     *
     * @param samples how many were measured
     * @param p50 half of them were no longer than this; never negative, zero if there are none
     * @param p90 nine in ten were no longer than this; never negative, zero if there are none
     * @param p99 all but one in a hundred were no longer than this; never negative, zero if there are none
     * @param max none was longer; never negative, zero if there are none
     */
    public record Times(long samples, Duration p50, Duration p90, Duration p99, Duration max) {
        /**
         * Makes a record; null is refused.
         *
         * @param samples how many were measured
         * @param p50 the median
         * @param p90 the 90th percentile
         * @param p99 the 99th percentile
         * @param max the longest
         */
        public Times {
            Objects.requireNonNull(p50, "p50");
            Objects.requireNonNull(p90, "p90");
            Objects.requireNonNull(p99, "p99");
            Objects.requireNonNull(max, "max");
        }
    }
}
