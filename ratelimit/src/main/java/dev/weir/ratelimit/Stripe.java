package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.metrics.Tally;

/**
 * Permits that were taken in advance from a {@link StripedTokenBucket}, for the thread that has the stripe: one at a
 * time, which is why nothing here is atomic. That of a thread is beside its counts, and one load away.
 *
 * <pre>
 *   empty --taken in advance--&gt; n left --requests--&gt; fewer left --another one is taken--&gt; n left
 *                                          \--its time is over, or an older epoch than the bucket's--&gt; void for good
 * </pre>
 *
 * <p><b>How many in advance.</b> What was used up in its time is followed by twice as much; what was not, by half of
 * what was used. So a thread that seldom asks takes nothing in advance, and loses nothing.
 */
class Stripe extends Tally.Cell {
    /** The most requests of the present size in advance: from then on the bucket is a small part of the cost. */
    private static final int MOST_REQUESTS = 256;

    private long left;
    private long endNanos;

    /** The bucket's epoch before the permits were taken. */
    private long epoch = -1;

    private long fetched;
    private long ahead;

    // So that no other thread's stripe is in the same cache line.
    @SuppressWarnings("unused")
    private long p0, p1, p2, p3, p4, p5, p6, p7;

    /** The stripe of a thread. */
    Stripe(Thread thread) {
        super(thread);
    }

    /** A stripe that is in no tally. */
    Stripe() {}

    private boolean isGood(long now, long presentEpoch) {
        return epoch == presentEpoch && now - endNanos < 0;
    }

    /** Takes at least one permit, all or none. */
    final boolean take(long permits, long now, long presentEpoch) {
        if (permits <= 0 || permits > left || !isGood(now, presentEpoch)) {
            return false;
        }
        left -= permits;
        return true;
    }

    /** What is left. */
    final long left(long now, long presentEpoch) {
        return isGood(now, presentEpoch) ? left : 0;
    }

    /** How many to take in advance now, with a request for which there is too little. */
    final long wanted(long permits, long now, long presentEpoch) {
        long most = permits > Long.MAX_VALUE / MOST_REQUESTS ? Long.MAX_VALUE : permits * MOST_REQUESTS;
        return Math.min(
                most,
                isGood(now, presentEpoch)
                        ? Checks.saturatedSum(Checks.saturatedSum(ahead, ahead), permits)
                        : Math.min(ahead, (fetched - left) / 2));
    }

    /** A request was granted from what was left and from what was taken. */
    final void fetched(long taken, long wanted, long inAdvance, long untilNanos, long epochBefore) {
        fetched = taken;
        ahead = wanted;
        left = inAdvance;
        endNanos = untilNanos;
        epoch = epochBefore;
    }
}
