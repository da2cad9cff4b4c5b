package dev.weir.pipeline;

import java.time.Duration;
import java.util.Objects;

/**
 * What a stage of a {@link Pipeline} has done. Immutable. When the pipeline has ended, the account balances: {@code in
 * = out + filtered + skipped + deadLettered + undelivered}, and what the stages before it emitted is what came in. All
 * of these but {@code emitted} count the elements that the stage was given, so one that a flat map turns into three is
 * one in, one out and three emitted, and a list of fifty is fifty in, fifty out and one emitted.
 *
 * <p><b>How times are measured.</b> Each of the three is a sum over the stage's workers, by the pipeline's clock. The
 * clock is read when a worker must wait and when it goes on, never for an element that flows: busy is what is left of a
 * worker's time, from its start until its end or now. So busy includes the little that taking and passing on cost, and
 * the time a worker was ready to run and had no processor.
 *
 * @param name the name of the stage
 * @param workers how many workers it has; after {@link RunningPipeline#parallelism} those that it is to have
 * @param in how many elements it took or, at the end, had before it and never took; for a source, how many were read
 * @param out how many elements it is done with: their results were passed on, or a sink took them
 * @param emitted how many results it passed on; none for a sink
 * @param filtered how many it left out because it is a filter, or because a stage behind it had enough
 * @param skipped how many it left out by its {@link ErrorPolicy#skip()}, because it failed on them
 * @param deadLettered how many went to the dead-letter handler because it failed on them
 * @param undelivered once the pipeline has ended, how many were nothing of this, because it was stopped; 0 before
 * @param queued how many wait before it now
 * @param peakQueued how many waited before it at most, as its workers and the calls for metrics saw it
 * @param busy how long its workers worked, never negative; for a source, how long reading it took
 * @param starved how long its workers waited for something to do, never negative
 * @param blocked how long its workers waited for others to take their results, or to pass on earlier ones; never
 *     negative
 * @param unacknowledged for a source with {@link Pipeline#acknowledging}, how many elements it has read that were not
 *     reported as done with; these are what would be repeated if the pipeline failed now. Otherwise 0
 * @param unacknowledgedFor how long ago the oldest of them was read, by the pipeline's clock; zero if there is none
 */
public record StageMetrics(
        String name,
        int workers,
        long in,
        long out,
        long emitted,
        long filtered,
        long skipped,
        long deadLettered,
        long undelivered,
        int queued,
        int peakQueued,
        Duration busy,
        Duration starved,
        Duration blocked,
        long unacknowledged,
        Duration unacknowledgedFor) {
    /**
     * Makes a record; null is refused.
     *
     * @param name the name of the stage
     * @param workers its workers
     * @param in elements in
     * @param out elements out
     * @param emitted results
     * @param filtered elements that a filter left out
     * @param skipped elements skipped
     * @param deadLettered elements dead-lettered
     * @param undelivered elements undelivered
     * @param queued elements that wait
     * @param peakQueued elements that waited at most
     * @param busy time at work
     * @param starved time without elements
     * @param blocked time without room
     * @param unacknowledged elements read and not done with
     * @param unacknowledgedFor the age of the oldest of these
     */
    public StageMetrics {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(busy, "busy");
        Objects.requireNonNull(starved, "starved");
        Objects.requireNonNull(blocked, "blocked");
        Objects.requireNonNull(unacknowledgedFor, "unacknowledgedFor");
    }

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
