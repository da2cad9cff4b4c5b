package dev.weir.core.pool;

/**
 * What a {@link WorkerPool} has done and is doing, as it was at one moment. Every task that was submitted is in exactly
 * one of {@code completed}, {@code rejected}, {@code discarded}, {@code abandoned}, {@code queued}, {@code active}, or
 * belongs to a submitter that is still blocked or runs its task itself.
 *
 * @param submitted how many tasks were handed in, the rejected ones included
 * @param completed how many ran to their end in a worker or in their submitter, the failed ones included
 * @param failed how many {@code execute}d tasks threw
 * @param rejected how many were refused, and so never ran
 * @param discarded how many gave way to a newer one, and so never ran
 * @param abandoned how many were still in the queue when the pool was stopped, and so never ran
 * @param queued how many wait in the queue
 * @param peakQueued how many waited in the queue at most
 * @param active how many workers run a task
 * @param workers how many workers there are
 */
public record PoolMetrics(
        long submitted,
        long completed,
        long failed,
        long rejected,
        long discarded,
        long abandoned,
        int queued,
        int peakQueued,
        int active,
        int workers) {}
