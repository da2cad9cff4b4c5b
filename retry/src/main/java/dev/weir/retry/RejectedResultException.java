package dev.weir.retry;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Says that the last attempt of a run returned a result that the policy rejects, if the policy
 * {@linkplain RetryPolicyBuilder#failOnRejectedResult makes that a failure}.
 *
 * <p>Immutable but for its stack, what is suppressed in it, and the result itself.
 */
public final class RejectedResultException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient @Nullable Object result;

    RejectedResultException(@Nullable Object result) {
        super("the policy rejects the last result"); // which may be long, or secret
        this.result = result;
    }

    /**
     * Returns what the last attempt returned.
     *
     * @return the result; null also if this exception was deserialized
     */
    public @Nullable Object result() {
        return result;
    }
}
