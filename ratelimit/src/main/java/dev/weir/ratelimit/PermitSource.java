package dev.weir.ratelimit;

/**
 * Where the permits come from for which requests wait in a {@link WaitingLine}. It can only take permits or not, and
 * say how long until they are there. A class rather than an interface, so that its methods stay hidden in public
 * limiters.
 */
abstract class PermitSource {
    /** Takes all or none, as of a reading of the clock. */
    abstract boolean take(long permits, long now);

    /** Takes all or none for a request that waits. A limiter whose rate changes beside the line may not throw here. */
    boolean grant(long permits, long now) {
        return take(permits, now);
    }

    /**
     * How long until that number of permits is there if nobody takes any; {@link WaitingLine#FOR_EVER} for beyond the
     * clock.
     */
    abstract long nanosUntil(long permits);

    /** The largest request that can ever be granted. */
    abstract long largest();

    /** Gives back what was taken, up to a full source. */
    abstract void giveBack(long permits);

    /** How long a waiting request may rely on {@link #nanosUntil}, before it asks again. */
    long trustedNanos() {
        return WaitingLine.FOR_EVER;
    }

    /** The least time until that number of permits is there, whatever those do that wait already. */
    long nanosAtLeast(long permits) {
        return nanosUntil(permits);
    }

    /** How long the head of the line waits until it looks again, with a pause that ends after that time. */
    long nanosToWatch(long permits, long pauseNanos) {
        return Math.min(Math.max(nanosUntil(permits), pauseNanos), trustedNanos());
    }

    // ---- its line

    /** Grants what is due in the line. */
    abstract void grantDue();

    /** Whether the line stays when nobody waits. */
    boolean keepsLine() {
        return true;
    }

    /** The line is not used any more; called outside of its lock. */
    void retired(WaitingLine retired) {
        throw new AssertionError("the line of a limiter without keys stays");
    }

    /** Something may have changed in the line; called after that, outside of its lock. */
    void lineChanged() {
        // what is there for the line to take is not fetched
    }
}
