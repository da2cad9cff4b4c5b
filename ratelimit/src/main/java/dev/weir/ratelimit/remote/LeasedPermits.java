package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The permits that this process has fetched in advance for one limiter, and what it knows of the next to come. One
 * grant is in use, which the next one replaces; what is left of it then is lost.
 *
 * <pre>
 *   a grant: left --take n, if there are n--&gt; left - n     \ by compare-and-set; and void for good
 *            left --n come back-------------&gt; left + n,    / when its time is over
 *                                              at most what was fetched
 * </pre>
 *
 * <p><b>Take first, then read the clock</b>: a permit that was taken before the grant was void by that reading is used
 * in time, whatever happens between. One that is found void is lost.
 */
final class LeasedPermits {
    /** What is left of a grant is given up for another once it is less than this part of a lease. */
    private static final int PART_LEFT = 2;

    private static final class Grant {
        static final Grant NONE = new Grant(0, 0, 0);

        private final long fetched;
        private final AtomicLong left;
        final long endNanos;
        final long resetNanos;

        Grant(long fetched, long endNanos, long resetNanos) {
            this.fetched = fetched;
            this.left = new AtomicLong(fetched);
            this.endNanos = endNanos;
            this.resetNanos = resetNanos;
        }

        boolean take(long permits) {
            for (long now = left.get(); now >= permits; now = left.get()) {
                if (left.compareAndSet(now, now - permits)) {
                    return true;
                }
            }
            return false;
        }

        long takeUpTo(long most) {
            return Math.min(most, left.getAndUpdate(now -> now - Math.min(now, most)));
        }

        /** Returns how many there is no room for. */
        long giveBack(long permits) {
            long before = left.getAndUpdate(now -> now + Math.min(permits, fetched - now));
            return permits - Math.min(permits, fetched - before);
        }
    }

    /** The store has refused that many permits, and they are not there before that time. */
    private record Refusal(long permits, long untilNanos, long resetNanos) {
        static final Refusal NONE = new Refusal(Long.MAX_VALUE, 0, 0);
    }

    private final Lease lease;
    private final TimeSource time;

    /** The time of a lease, less what a reading of the clock may be behind. */
    private final long usableNanos;

    private volatile Grant grant = Grant.NONE;
    private volatile Refusal refusal = Refusal.NONE;

    LeasedPermits(Lease lease, TimeSource time) {
        this.lease = lease;
        this.time = time;
        this.usableNanos = lease.ttlNanos() - Checks.lagNanos(time.resolution());
    }

    private boolean isGood(Grant its) {
        return its != Grant.NONE && time.nanoTime() - its.endNanos < 0;
    }

    /** Takes permits, all or none. */
    boolean take(long permits) {
        Grant its = grant;
        return its.take(permits) && isGood(its);
    }

    long takeUpTo(long most) {
        Grant its = grant;
        long taken = its.takeUpTo(most);
        return taken > 0 && isGood(its) ? taken : 0;
    }

    /** Takes permits or refuses them; null if the store has to be asked. */
    @Nullable
    Answer answer(long permits) {
        Grant its = grant;
        if (its.take(permits) && isGood(its)) {
            return new Answer(permits, Duration.ZERO, its.left.get(), until(its.resetNanos));
        }
        Refusal last = refusal;
        Duration wait = permits < last.permits() ? Duration.ZERO : until(last.untilNanos());
        return wait.isZero() ? null : new Answer(0, wait, left(), until(last.resetNanos()));
    }

    private Duration until(long nanos) {
        return Duration.ofNanos(Math.max(0, nanos - time.nanoTime()));
    }

    /** How many there are. */
    long left() {
        Grant its = grant;
        long left = its.left.get();
        return isGood(its) ? left : 0;
    }

    /** Gives back what was taken, as far as there is room. Returns the rest. */
    long giveBack(long permits) {
        Grant its = grant;
        return isGood(its) ? its.giveBack(permits) : permits;
    }

    /** How long permits are good at most. */
    Duration ttl() {
        return Duration.ofNanos(lease.ttlNanos());
    }

    // ---- what the store answers

    /** How many to fetch now. */
    long wanted() {
        return left() < (lease.permits() + 1) / PART_LEFT ? lease.permits() : 0;
    }

    /** The answer to a request that was sent at that time, for as many permits as were {@link #wanted}. */
    void fetched(Answer answer, long sentNanos) {
        if (answer.granted() > 0) {
            long reset = time.nanoTime() + Math.min(answer.reset().toNanos(), Long.MAX_VALUE / 2);
            grant = new Grant(answer.granted(), sentNanos + usableNanos, reset);
        }
    }

    /** The store has refused a request: no trip is made for as many or more before they can be there. */
    void rememberRefusal(long permits, Answer answer, Limits limits) {
        long nanos = Math.max(answer.retryAfter().toNanos(), lease.worthwhileNanos(limits));
        if (answer.granted() == 0 && nanos != Long.MAX_VALUE) {
            long now = time.nanoTime();
            refusal = new Refusal(
                    permits,
                    now + Math.min(nanos, Long.MAX_VALUE / 2),
                    now + Math.min(answer.reset().toNanos(), Long.MAX_VALUE / 2));
        }
    }

    /** There may be more than the last refusal says. */
    void forgetRefusal() {
        refusal = Refusal.NONE;
    }

    @Override
    public String toString() {
        return "LeasedPermits[" + left() + " left of " + lease + "]";
    }
}
