package dev.weir.retry;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a task may know about its attempt, through {@link Retry#callWithAttempt}.
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
 */
public final class Attempt {
    private final int number;
    private final boolean last;
    private final @Nullable Throwable previousFailure;
    private final @Nullable Object previousResult;
    private final RunLimit limit;
    final RetryPolicy policy;
    final @Nullable RetryScope scope;

    /** The attempt that a run is about to make. */
    Attempt(RetryDecisions decisions, @Nullable Throwable previousFailure, @Nullable Object previousResult) {
        this.number = decisions.number();
        this.last = decisions.isLast();
        this.previousFailure = previousFailure;
        this.previousResult = previousResult;
        this.limit = decisions.limit;
        this.policy = decisions.policy;
        this.scope = decisions.scope;
    }

    /**
     * Which attempt this is.
     *
     * @return the number; the first attempt is 1
     */
    public int number() {
        return number;
    }

    /**
     * Whether this is the last attempt that the policy's number of attempts allows. An earlier one is the last if it
     * succeeds, fails with what is not retried, or leaves no time or budget for another; and one that fails with what
     * does {@linkplain RetryPolicyBuilder#doNotCountIf not count} is not.
     *
     * @return true if no other attempt can follow, unless this one does not count
     */
    public boolean isLast() {
        return last;
    }

    /**
     * How long there is left of the policy's maximum duration and until the retry's {@linkplain Retry#withDeadline
     * deadline}.
     *
     * @return the time left at this call, zero once it is over, about 292 years if there is no limit
     */
    public Duration remaining() {
        return Duration.ofNanos(remainingNanos());
    }

    long remainingNanos() {
        return limit.remainingNanos();
    }

    /**
     * What the attempt before this one threw.
     *
     * @return the failure; null in the first attempt, and if the one before returned a result that the policy rejects
     */
    public @Nullable Throwable previousFailure() {
        return previousFailure;
    }

    /**
     * What the attempt before this one returned and the policy rejected.
     *
     * @return the result; null in the first attempt, if the one before failed, and if it returned null
     */
    public @Nullable Object previousResult() {
        return previousResult;
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Attempt[2 of 5]}
     */
    @Override
    public String toString() {
        return "Attempt[" + number + " of " + policy.maxAttempts + "]";
    }
}
