package dev.weir.retry;

import dev.weir.core.Times;
import java.util.Map;
import java.util.Objects;

/**
 * What a {@link Retry} has done so far. Immutable. The counts are exact, and are read one after the other while it
 * runs. A retry {@linkplain Retry#withDeadline with a deadline} counts with the one that it was made from.
 *
 * @param calls how many runs there were; one whose first attempt is still being made may not be among them yet
 * @param retriesAfterFailure how many further attempts followed one that threw
 * @param retriesAfterResult how many further attempts followed one whose result was rejected
 * @param retriesAfterTimeout how many further attempts followed one that took longer than the
 *     {@linkplain RetryPolicyBuilder#attemptTimeout attempt timeout}
 * @param gaveUp how many runs ended without success, by the reason; a reason that has not occurred is not in the map
 * @param delayed how long the delays before further attempts were, as the policy chose them, zeros included
 */
public record RetryMetrics(
        long calls,
        long retriesAfterFailure,
        long retriesAfterResult,
        long retriesAfterTimeout,
        Map<StopReason, Long> gaveUp,
        Times delayed) {
    /**
     * Creates metrics.
     *
     * @param calls how many runs there were
     * @param retriesAfterFailure how many further attempts followed one that threw
     * @param retriesAfterResult how many further attempts followed one whose result was rejected
     * @param retriesAfterTimeout how many further attempts followed one that took too long
     * @param gaveUp how many runs ended without success, by the reason; copied
     * @param delayed how long the delays were
     */
    public RetryMetrics {
        gaveUp = Map.copyOf(Objects.requireNonNull(gaveUp, "gaveUp"));
        Objects.requireNonNull(delayed, "delayed");
    }

    /**
     * How many further attempts there were, whatever the cause.
     *
     * @return the sum
     */
    public long retries() {
        return retriesAfterFailure + retriesAfterResult + retriesAfterTimeout;
    }

    /**
     * How many attempts there were, the first ones included.
     *
     * @return the sum of calls and retries
     */
    public long attempts() {
        return calls + retries();
    }
}
