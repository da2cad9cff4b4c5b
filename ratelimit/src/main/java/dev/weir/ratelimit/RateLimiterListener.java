package dev.weir.ratelimit;

/**
 * Hears of every decision of a limiter, in the thread that asked, or in the limiter's timer for {@code acquireAsync} and
 * {@code reserve}; never under a lock. It costs each request its own time. What it throws is logged at ERROR and harms
 * nobody.
 */
public interface RateLimiterListener {
    /**
     * Permits were taken.
     *
     * @param permits how many
     * @param waitedNanos how long the request waited for them, in nanoseconds; 0 if it did not
     */
    default void onAdmitted(long permits, long waitedNanos) {}

    /**
     * Permits were refused, at once or after a wait in vain.
     *
     * @param permits how many were asked for
     */
    default void onRejected(long permits) {}
}
