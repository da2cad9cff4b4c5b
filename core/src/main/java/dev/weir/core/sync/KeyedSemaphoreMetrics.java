package dev.weir.core.sync;

/**
 * What a {@link KeyedSemaphore} has done and is doing, for all keys together. Immutable. The counts are exact, and are
 * read one after the other while it works.
 *
 * @param acquired how many permits were taken
 * @param rejected how many calls got none, as they did not wait or as their wait was in vain
 * @param waits how many calls waited and then got their permit
 * @param abandoned how many calls stopped waiting, because of a timeout, an interrupt or a cancellation
 * @param size how many permits each key has
 * @param keys how many keys are held or waited for
 * @param waiters how many calls wait
 */
public record KeyedSemaphoreMetrics(
        long acquired, long rejected, long waits, long abandoned, int size, long keys, int waiters) {}
