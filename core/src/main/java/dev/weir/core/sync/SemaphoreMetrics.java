package dev.weir.core.sync;

/**
 * What a {@link ResizableSemaphore} has done and is doing. Immutable. All numbers are of one moment.
 *
 * @param acquired how many permits were taken
 * @param rejected how many permits were asked for and not taken, by calls that did not wait or whose wait was in vain
 * @param waits how many calls waited and then got their permits
 * @param abandoned how many calls stopped waiting, because of a timeout, an interrupt or a cancellation
 * @param size how many permits there are, held or not
 * @param held how many permits are held; more than there are for a while after a shrink
 * @param waiters how many calls wait
 */
public record SemaphoreMetrics(
        long acquired, long rejected, long waits, long abandoned, int size, int held, int waiters) {}
