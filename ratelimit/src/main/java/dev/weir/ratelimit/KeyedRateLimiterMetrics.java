package dev.weir.ratelimit;

import dev.weir.core.Times;
import java.util.Objects;

/**
 * What a limiter for each key has done so far, for all keys together, and how it is now. Immutable. The counts are
 * exact, and are read one after the other while the limiter works.
 *
 * @param keys how many keys there are now
 * @param evicted how many keys were forgotten because they made no difference any more
 * @param withoutRoom how many requests found no room for their key; those that are refused for it are among the
 *     rejected, too
 * @param admitted how many permits were taken
 * @param rejected how many permits were asked for and not granted, by requests that did not wait or whose wait was in
 *     vain
 * @param waits how many requests waited and then got their permits
 * @param waited how long requests waited that were granted, including those that gave their permits back at once
 * @param abandoned how many requests stopped waiting, because of a timeout, an interrupt or a cancellation, or did not
 *     begin to because it was in vain
 * @param waiters how many requests wait now
 */
public record KeyedRateLimiterMetrics(
        int keys,
        long evicted,
        long withoutRoom,
        long admitted,
        long rejected,
        long waits,
        Times waited,
        long abandoned,
        int waiters) {
    /**
     * Creates metrics.
     *
     * @param keys how many keys there are now
     * @param evicted how many keys were forgotten
     * @param withoutRoom how many requests found no room for their key
     * @param admitted how many permits were taken
     * @param rejected how many permits were asked for and not granted
     * @param waits how many requests waited and then got their permits
     * @param waited how long requests waited that were granted
     * @param abandoned how many requests stopped waiting
     * @param waiters how many requests wait now
     */
    public KeyedRateLimiterMetrics {
        Objects.requireNonNull(waited, "waited");
    }
}
