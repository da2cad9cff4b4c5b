package dev.weir.ratelimit.remote;

import java.time.Duration;

/**
 * Is notified when the store of a {@link RemoteRateLimiter} goes away and comes back: once for each outage, in the
 * order in which that happens, in a virtual thread of its own. What it throws, checked exceptions included, is logged
 * at ERROR and harms nobody.
 *
 * <p><b>Thread-safety.</b> Called once at a time, by changing threads. <b>Blocking.</b> It may block: it delays no
 * request, only the next notification. <b>Interruption.</b> Nobody interrupts it. <b>Fairness.</b> Notifications come
 * in order. <b>Memory effects.</b> One notification happens-before the next.
 */
public interface RemoteRateLimiterListener {
    /**
     * A call failed or timed out. From now on the {@link OutagePolicy} answers.
     *
     * @param cause why: a {@link java.util.concurrent.TimeoutException}, or what the store or its client reported
     */
    default void onUnavailable(Throwable cause) {}

    /**
     * The store answers again.
     *
     * @param after how long it was unavailable, never negative
     */
    default void onRecovered(Duration after) {}
}
