package dev.weir.core.internal.wait;

/**
 * The yields of a platform thread before it parks, for the threads that wait at one place: what they wait for is often
 * there by then, and to park and to be woken costs as much as some dozens of yields. A virtual thread parks at once, as
 * its yield is hardly cheaper.
 *
 * <p>A yield that took long has given the processor to a program that computes. Then threads that park get it back
 * sooner, and so the next waits do without yields.
 */
public final class Yields {
    /** Longer than a woken thread takes to arrive, or two that feed each other through a small buffer park in turns. */
    private static final int MOST = 100;

    private static final long SLOW_NANOS = 500_000;
    private static final int PARKS_AFTER_SLOW = 256;

    // Plain, and raced for: a lost count makes a wait a little slower or faster.
    private int parks;

    /** The yields of one place, at which no thread has waited so far. */
    public Yields() {}

    /**
     * How often the current thread is to yield in the wait that it begins.
     *
     * @return the number of yields, 0 for a virtual thread
     */
    public int most() {
        if (Thread.currentThread().isVirtual()) {
            return 0;
        }
        if (parks > 0) {
            parks--;
            return 0;
        }
        return MOST;
    }

    /**
     * Yields once.
     *
     * @param more how often the thread is to yield, this time included
     * @return how often it is to yield after this time
     */
    public int once(int more) {
        long before = System.nanoTime(); // what a yield costs is no matter of an injected clock
        Thread.yield();
        if (System.nanoTime() - before < SLOW_NANOS) {
            return more - 1;
        }
        parks = PARKS_AFTER_SLOW;
        return 0;
    }
}
