package dev.weir.ratelimit;

/** The place of a request without a thread, as its {@link Reservation} sees it. */
interface Place {
    /** Takes the place, unless that throws. */
    void enter();

    /** How long until it is granted, as it looks now. */
    long delayNanos();

    boolean isGranted();

    /** Whether the place was given up, or the permits back. */
    boolean isCancelled();

    /**
     * Waits until it is granted, cancelled or refused, and throws if it is refused.
     *
     * @param timeoutNanos on the clock of the limiter
     */
    void await(long timeoutNanos) throws InterruptedException;

    /** Gives the place up, or the permits back. False if that was done before, or if it is refused. */
    boolean cancel();
}
