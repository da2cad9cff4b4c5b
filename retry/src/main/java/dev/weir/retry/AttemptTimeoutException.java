package dev.weir.retry;

import java.io.Serial;
import java.util.concurrent.TimeoutException;

/**
 * Says that an attempt took longer than its limit and was stopped. Unchecked, so that a limit on attempts adds no
 * checked exception to the task's own; its cause is a {@link TimeoutException}. What the attempt threw when it was
 * interrupted is suppressed.
 *
 * <p>Immutable but for its stack and what is suppressed in it, as every exception is.
 */
public final class AttemptTimeoutException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    AttemptTimeoutException(TimeoutException cause) {
        super(cause.getMessage(), cause);
    }
}
