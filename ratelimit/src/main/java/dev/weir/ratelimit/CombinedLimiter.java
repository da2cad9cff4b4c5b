package dev.weir.ratelimit;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Suppressed;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several limits at once, made by {@link RateLimiter#allOf}: a request takes permits of all of them, or of none. The
 * numbers may differ from limit to limit, such as one request and 4,096 bytes.
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="allOf"}
 *
 * <p><b>All or nothing.</b> The limits are asked one after the other, and when one refuses, what the others gave is
 * refunded: every limit is then as if the attempt had not been. Meanwhile a concurrent caller may see permits missing
 * that come back at once, and be refused; it never sees more than there are, so no limit is ever exceeded. That is
 * rare: a limit that is known to refuse is asked first, so a caller whose own limit is used up does not touch the
 * others. No permits of a limit, which is 0, are always granted, for instance the bytes of an empty body.
 *
 * <p><b>Waiting</b> is done in the line of one limit at a time, first come first served there: of the one that refused
 * last. Nothing is held of the others meanwhile, so two combinations that share limits cannot block each other; but a
 * request can be overtaken between one line and the next, and a large one is not safe from being starved.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@code acquire} and {@code tryAcquire} with a
 * deadline wait; nothing else does. <b>Interruption.</b> Ends the wait with {@link InterruptedException}; no permit of
 * any limit is taken then. <b>Fairness.</b> First come, first served in the line of each limit, but not across them.
 * <b>Memory effects.</b> None between the threads that ask.
 */
public final class CombinedLimiter {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);

    private final List<RateLimiter> limits;

    private CombinedLimiter(List<RateLimiter> limits) {
        this.limits = limits;
    }

    static CombinedLimiter of(RateLimiter... limits) {
        List<RateLimiter> all = List.of(limits);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("limits must be at least one, but are none");
        }
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (ClassedLimiter.viewed(all.get(i)) == ClassedLimiter.viewed(all.get(j))) {
                    throw new IllegalArgumentException(
                            "limits must not contain the same one twice, but do: " + all.get(i));
                }
            }
        }
        return new CombinedLimiter(all);
    }

    /**
     * The limits, in the order in which they were given.
     *
     * @return an immutable list
     */
    public List<RateLimiter> limits() {
        return limits;
    }

    private long[] checked(long[] permits) {
        Objects.requireNonNull(permits, "permits");
        if (permits.length != limits.size()) {
            throw new IllegalArgumentException("permits must be one number for each of the " + limits.size()
                    + " limits, but are " + permits.length);
        }
        for (int i = 0; i < permits.length; i++) {
            long burst = limits.get(i).rate().burst();
            if (permits[i] < 0 || permits[i] > burst) {
                throw new IllegalArgumentException("permits must be from 0 to the burst of " + burst + " for limit " + i
                        + ", but is " + permits[i]);
            }
        }
        return permits.clone();
    }

    /**
     * Takes permits of every limit, or none. Never waits.
     *
     * @param permits how many of each limit, in their order
     * @return whether the permits were taken
     * @throws IllegalArgumentException if there are not as many numbers as limits, or one is out of its limit's range
     */
    public boolean tryAcquire(long... permits) {
        return take(checked(permits)) < 0;
    }

    /**
     * Takes of all or of none. Asks first which of the later limits would refuse, and then begins with that one: so a
     * caller whose own limit is used up takes nothing from the limits that it shares, not even for a moment.
     */
    private int take(long[] permits) {
        for (int i = 1; i < permits.length; i++) {
            if (!limits.get(i).peek(permits[i]).admitted()) {
                return limits.get(i).tryAcquire(permits[i]) ? takeFrom(permits, i) : i;
            }
        }
        return takeFrom(permits, -1);
    }

    /** Takes of all but the one that has been taken from. The index of the one that refused, after a refund, or -1. */
    private int takeFrom(long[] permits, int taken) {
        for (int i = 0; i < permits.length; i++) {
            boolean admitted = false;
            Throwable failure = null;
            try {
                admitted = i == taken || limits.get(i).tryAcquire(permits[i]);
            } catch (RuntimeException | Error failed) { // its burst has become too small, for instance
                failure = failed;
            }
            if (!admitted) {
                failure = refundBefore(permits, i, taken, failure);
                if (failure instanceof RuntimeException exception) {
                    throw exception;
                }
                if (failure instanceof Error error) {
                    throw error;
                }
                return i;
            }
        }
        return -1;
    }

    /** Refunds to each limit, also when one fails. Returns the first failure, which has the others suppressed. */
    private @Nullable Throwable refundBefore(long[] permits, int end, int taken, @Nullable Throwable failure) {
        Throwable first = failure;
        for (int i = 0; i < permits.length; i++) {
            if (i < end || i == taken) {
                try {
                    limits.get(i).refund(permits[i]);
                } catch (RuntimeException | Error failed) {
                    if (first == null) {
                        first = failed;
                    } else {
                        Suppressed.attachOrLog(first, failed, "a refund", LOG);
                    }
                }
            }
        }
        return first;
    }

    /**
     * Takes permits of every limit, or none, and waits for them as long as it takes.
     *
     * @param permits how many of each limit, in their order
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws IllegalArgumentException if there are not as many numbers as limits, or one is out of its limit's range
     * @throws java.util.concurrent.RejectedExecutionException if a limit refuses to let it wait
     */
    public void acquire(long... permits) throws InterruptedException {
        acquire(Deadline.never(), checked(permits));
    }

    /**
     * Takes permits of every limit, or none, and waits for them, at most until the deadline.
     *
     * @param deadline a deadline on the limits' own clock
     * @param permits how many of each limit, in their order
     * @return whether the permits were taken; false at once if it is certain that some will not come in time
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws IllegalArgumentException if there are not as many numbers as limits, or one is out of its limit's range
     */
    public boolean tryAcquire(Deadline deadline, long... permits) throws InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        return acquire(deadline, checked(permits));
    }

    private boolean acquire(Deadline deadline, long[] permits) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        int refused = take(permits);
        while (refused >= 0) {
            RateLimiter tight = limits.get(refused);
            if (deadline.isNever()) {
                tight.acquire(permits[refused]);
            } else if (isInVain(permits, deadline) || !tight.tryAcquire(permits[refused], deadline.remaining())) {
                return false;
            }
            refused = takeFrom(permits, refused);
        }
        return true;
    }

    /**
     * Whether some limit, not only the one to wait for now, is certain to be too late: nobody waits there who may
     * leave.
     */
    private boolean isInVain(long[] permits, Deadline deadline) {
        Duration remaining = deadline.remaining();
        for (int i = 0; i < permits.length; i++) {
            RateLimiter limit = limits.get(i);
            if (limit.peek(permits[i]).retryAfter().compareTo(remaining) > 0
                    && limit.metrics().waiters() == 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes permits of every limit, or none, as {@link #tryAcquire(long...)} does, and reports the tightest limit.
     *
     * @param permits how many of each limit, in their order
     * @return the decision of the limit that would be the last to admit; or, if all would now, of the one with the
     *     fewest permits left
     * @throws IllegalArgumentException if there are not as many numbers as limits, or one is out of its limit's range
     */
    public Combined check(long... permits) {
        long[] wanted = checked(permits);
        boolean admitted = take(wanted) < 0;
        int tightest = -1;
        Decision decision = new Decision(true, Long.MAX_VALUE, Duration.ZERO, Duration.ZERO);
        for (int i = 0; i < wanted.length; i++) {
            Decision one = limits.get(i).peek(wanted[i]);
            Decision its =
                    new Decision(admitted, one.remaining(), admitted ? Duration.ZERO : one.retryAfter(), one.reset());
            if (tightest < 0 || isTighter(its, decision)) {
                tightest = i;
                decision = its;
            }
        }
        if (!admitted && decision.retryAfter().isZero()) { // something has come since
            decision = new Decision(false, decision.remaining(), Duration.ofNanos(1), decision.reset());
        }
        return new Combined(tightest, decision);
    }

    private static boolean isTighter(Decision one, Decision other) {
        int later = one.retryAfter().compareTo(other.retryAfter());
        return later > 0 || (later == 0 && one.remaining() < other.remaining());
    }

    /**
     * The answer of {@link CombinedLimiter#check}. Immutable.
     *
     * @param tightest the index of the tightest limit
     * @param decision its decision, which is that of all
     */
    public record Combined(int tightest, Decision decision) {
        /**
         * Creates an answer.
         *
         * @param tightest the index of the tightest limit
         * @param decision its decision
         */
        public Combined {
            Checks.notNegative(tightest, "tightest");
            Objects.requireNonNull(decision, "decision");
        }
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code CombinedLimiter[TokenBucket[…], TokenBucket[…]]}
     */
    @Override
    public String toString() {
        return "CombinedLimiter" + limits;
    }
}
