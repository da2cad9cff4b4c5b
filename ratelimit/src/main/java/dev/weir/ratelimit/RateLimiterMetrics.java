package dev.weir.ratelimit;

import dev.weir.core.Times;
import java.util.Objects;

/**
 * What a limiter has done so far, and how it is now. Immutable. The counts are exact, and are read one after the other
 * while the limiter works. What the limiter of a key of a keyed one has counted is that of all keys.
 *
 * @param admitted how many permits were taken
 * @param rejected how many permits were asked for and not granted, by requests that did not wait or whose wait was in
 *     vain
 * @param waits how many requests waited and then got their permits
 * @param waited how long requests waited that were granted, including those that gave their permits back at once
 * @param abandoned how many requests stopped waiting, because of a timeout, an interrupt or a cancellation, or did not
 *     begin to because it was in vain
 * @param waiters how many requests wait now
 * @param available how many permits there are now; of a limiter that has them in a store, those that it has fetched in
 *     advance
 */
public record RateLimiterMetrics(
        long admitted, long rejected, long waits, Times waited, long abandoned, int waiters, long available) {
    /**
     * Creates metrics.
     *
     * @param admitted how many permits were taken
     * @param rejected how many permits were asked for and not granted
     * @param waits how many requests waited and then got their permits
     * @param waited how long requests waited that were granted
     * @param abandoned how many requests stopped waiting
     * @param waiters how many requests wait now
     * @param available how many permits there are now
     */
    public RateLimiterMetrics {
        Objects.requireNonNull(waited, "waited");
    }

    /** The same of a limiter of that many keys. */
    KeyedRateLimiterMetrics ofKeys(int keys, long evicted, long withoutRoom) {
        return new KeyedRateLimiterMetrics(
                keys, evicted, withoutRoom, admitted, rejected, waits, waited, abandoned, waiters);
    }
}
