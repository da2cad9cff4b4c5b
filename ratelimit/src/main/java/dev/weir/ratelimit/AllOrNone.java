package dev.weir.ratelimit;

import dev.weir.core.internal.Suppressed;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes permits of all of several limits, or of none. Immutable; it calls foreign code, and so holds no lock. */
final class AllOrNone {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);

    final List<RateLimiter> limits;

    AllOrNone(List<RateLimiter> limits) {
        this.limits = limits;
    }

    /**
     * Takes of all or of none. Asks first which of the later limits would refuse, and then begins with that one: so a
     * caller whose own limit is used up takes nothing from the limits that it shares, not even for a moment.
     *
     * @return the index of the limit that refused, or -1
     */
    int take(long[] permits) {
        for (int i = 1; i < permits.length; i++) {
            if (!limits.get(i).peek(permits[i]).admitted()) {
                return tryAcquire(i, permits) ? takeFrom(permits, i) : i;
            }
        }
        return takeFrom(permits, -1);
    }

    /** Takes of all but the one that has been taken from. The index of the one that refused, after a refund, or -1. */
    int takeFrom(long[] permits, int taken) {
        for (int i = 0; i < permits.length; i++) {
            boolean admitted = false;
            Throwable failure = null;
            try {
                admitted = i == taken || tryAcquire(i, permits);
            } catch (RuntimeException | Error failed) { // its burst has become too small, for instance
                failure = failed;
            }
            if (!admitted) {
                int end = i;
                forAll(
                        index -> index < end || index == taken,
                        index -> limits.get(index).refund(permits[index]),
                        failure);
                return i;
            }
        }
        return -1;
    }

    /** Nothing that was taken in advance, as it may have grown again before it is given back. */
    private boolean tryAcquire(int i, long[] permits) {
        return ClassedLimiter.viewed(limits.get(i)) instanceof LineLimiter ours
                ? ours.tryAcquireShared(permits[i])
                : limits.get(i).tryAcquire(permits[i]);
    }

    void refund(long[] permits) {
        forAll(index -> true, index -> limits.get(index).refund(permits[index]), null);
    }

    /** Takes the same number of all, which is as many as are there of each, up to a number. */
    long takeUpTo(long most) {
        long wanted = most;
        for (RateLimiter limit : limits) { // of what is there nothing is taken in vain
            wanted = Math.min(wanted, limit.peek(0).remaining());
        }
        for (int i = 0; i < limits.size() && wanted > 0; i++) {
            int end = i;
            long before = wanted;
            long taken = 0;
            Throwable failure = null;
            try {
                taken = limits.get(i).tryAcquireUpTo(before);
            } catch (RuntimeException | Error failed) {
                failure = failed;
            }
            wanted = taken;
            long surplus = before - taken;
            if (surplus > 0) {
                forAll(index -> index < end, index -> limits.get(index).refund(surplus), failure);
            }
        }
        return wanted;
    }

    /** Does something with each limit, also when it fails with another one; throws the first failure. */
    void forAll(Consumer<RateLimiter> action) {
        forAll(index -> true, index -> action.accept(limits.get(index)), null);
    }

    /** The same with some limits, after a failure perhaps. */
    private void forAll(IntPredicate which, IntConsumer action, @Nullable Throwable failure) {
        Throwable first = failure;
        for (int i = 0; i < limits.size(); i++) {
            if (which.test(i)) {
                try {
                    action.accept(i);
                } catch (RuntimeException | Error failed) {
                    if (first == null) {
                        first = failed;
                    } else {
                        Suppressed.attachOrLog(first, failed, "a limit of several", LOG);
                    }
                }
            }
        }
        if (first instanceof RuntimeException exception) {
            throw exception;
        }
        if (first instanceof Error error) {
            throw error;
        }
    }
}
