package dev.weir.retry;

/** Why a {@link Retry} made no further attempt. */
public enum StopReason {
    /** The last attempt returned a result that the policy accepts. */
    SUCCESS,
    /** The last attempt failed, or its result was rejected, and it was the last one that the policy allows. */
    EXHAUSTED,
    /**
     * The policy does not retry the failure, or one of its functions (a predicate, the backoff, {@code delayFrom})
     * threw.
     */
    ABORTED,
    /** The next attempt would have started at or after the end of the maximum duration, or at the deadline. */
    DEADLINE,
    /** The failure or the result asked for a delay beyond the limit of {@link RetryPolicyBuilder#delayFrom}. */
    DELAY_TOO_LONG,
    /** The policy's {@link RetryBudget} had too little for the next attempt. */
    BUDGET,
    /** The {@link RetryScope} that the retry is bound to is shut down. */
    SHUTDOWN,
    /** A retry inside of the task has given up the failure already; see {@link RetryPolicyBuilder#retryNested}. */
    NESTED,
    /**
     * The thread was interrupted, in an attempt or between two. Only listeners see it: the caller gets an exception.
     */
    INTERRUPTED,
    /** The future of {@link Retry#callAsync} was completed or cancelled by others. Only listeners see it. */
    CANCELLED
}
