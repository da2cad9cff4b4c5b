package dev.weir.ratelimit;

import java.time.Duration;

/**
 * Is notified of every decision of a {@link KeyedRateLimiter}, as a {@link RateLimiterListener} is of those of a
 * limiter, with the key.
 *
 * <p><b>Thread-safety.</b> Called by many threads at once. <b>Blocking.</b> It must be quick: it costs each request its
 * own time. <b>Interruption.</b> An interrupt of the thread that calls is left alone. <b>Fairness.</b> None: decisions
 * of different threads come in no order. <b>Memory effects.</b> What that thread did before the call happens-before it.
 *
 * @param <K> the type of the keys
 */
public interface KeyedRateLimiterListener<K> {
    /**
     * Permits of a key were taken.
     *
     * @param key the key
     * @param permits how many
     * @param waited how long the request waited for them; {@link Duration#ZERO} if it did not
     */
    default void onAdmitted(K key, long permits, Duration waited) {}

    /**
     * Permits of a key were refused, at once or after a wait in vain.
     *
     * @param key the key
     * @param permits how many were asked for
     */
    default void onRejected(K key, long permits) {}
}
