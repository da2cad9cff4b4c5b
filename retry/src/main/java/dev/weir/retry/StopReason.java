package dev.weir.retry;

/** Why a {@link Retry} did not try again. */
public enum StopReason {
    /** The last attempt that the policy allows had been made. */
    EXHAUSTED,
    /** The failure is not one that the policy retries. */
    ABORTED,
    /** The next attempt would have begun after the policy's {@code maxDuration}. */
    DEADLINE
}
