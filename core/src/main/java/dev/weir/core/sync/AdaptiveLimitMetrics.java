package dev.weir.core.sync;

/**
 * What an {@link AdaptiveLimit} has done and is doing. Immutable. The counts are exact, and are read one after the
 * other while it works. Permits that were closed without an outcome are neither among the succeeded nor among the
 * refused.
 *
 * @param acquired how many permits were taken
 * @param rejected how many calls got none, as they did not wait or as their wait was in vain
 * @param waits how many calls waited and then got their permit
 * @param abandoned how many calls stopped waiting, because of a timeout, an interrupt or a cancellation
 * @param succeeded how many permits were settled as succeeded, within the latency limit if there is one
 * @param refused how many permits were settled as refused, or as succeeded beyond the latency limit
 * @param limit how many calls may be at work at once
 * @param inFlight how many permits are held; more than the limit for a while after that was lowered
 * @param waiters how many calls wait
 */
public record AdaptiveLimitMetrics(
        long acquired,
        long rejected,
        long waits,
        long abandoned,
        long succeeded,
        long refused,
        int limit,
        int inFlight,
        int waiters) {}
