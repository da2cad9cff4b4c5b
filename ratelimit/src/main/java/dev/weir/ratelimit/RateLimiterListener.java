package dev.weir.ratelimit;

import java.time.Duration;

/**
 * Is notified of every decision of a limiter, once for each request: in the thread that asked, or, for requests of
 * {@code acquireAsync} and {@code reserve} that waited, in a virtual thread with the context of the call; never under a
 * lock. It costs each request its own time. What it throws, checked exceptions included, is logged at ERROR and harms
 * nobody.
 *
 * <p><b>Thread-safety.</b> Called by many threads at once. <b>Blocking.</b> It must be quick: it costs each request its
 * own time. <b>Interruption.</b> An interrupt of the thread that calls is left alone. <b>Fairness.</b> None: decisions
 * of different threads come in no order. <b>Memory effects.</b> What that thread did before the call happens-before it.
 */
public interface RateLimiterListener {
    /**
     * Permits were taken.
     *
     * @param permits how many
     * @param waited how long the request waited for them; {@link Duration#ZERO} if it did not
     */
    default void onAdmitted(long permits, Duration waited) {}

    /**
     * Permits were refused, at once or after a wait in vain.
     *
     * @param permits how many were asked for
     */
    default void onRejected(long permits) {}
}
