package dev.weir.pipeline;

import java.time.Duration;

/**
 * What a stage of a {@link Pipeline} has done. When the pipeline has ended, the account balances: {@code in = out +
 * skipped + deadLettered + undelivered}. Each of the three times is a sum over the stage's workers, by the system's clock
 * or the one that the pipeline was given, read three times per element.
 *
 * @param name the name of the stage
 * @param workers how many workers it has
 * @param in how many elements it took or, at the end, had before it and never took
 * @param out how many elements it passed on, or a sink took; for a batching stage the elements, not the batches
 * @param skipped how many it left out because it failed on them
 * @param deadLettered how many went to the dead-letter handler because it failed on them
 * @param undelivered how many were neither, because the pipeline was stopped
 * @param queued how many wait before it now
 * @param peakQueued how many waited before it at most, as its workers saw it
 * @param busy how long its workers worked
 * @param starved how long its workers waited for something to do
 * @param blocked how long its workers waited for the next stage to take their results
 */
public record StageMetrics(
        String name,
        int workers,
        long in,
        long out,
        long skipped,
        long deadLettered,
        long undelivered,
        int queued,
        int peakQueued,
        Duration busy,
        Duration starved,
        Duration blocked) {
    /**
     * Which part of its workers' time went into work.
     *
     * @return from 0 to 1; 0 before anything was done
     */
    public double utilisation() {
        double all = (double) busy.toNanos() + starved.toNanos() + blocked.toNanos();
        return all == 0 ? 0 : busy.toNanos() / all;
    }
}
