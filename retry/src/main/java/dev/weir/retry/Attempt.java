package dev.weir.retry;

import dev.weir.core.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * What a task can know of the attempt that it is.
 *
 * @param number which attempt this is, 1 for the first
 * @param maxAttempts how many the policy allows
 * @param deadline until when the policy's {@code maxDuration} runs; {@link Deadline#never()} without one
 * @param previousFailure what the attempt before threw, or null for the first one and after a rejected result
 */
public record Attempt(
        int number,
        int maxAttempts,
        Deadline deadline,
        @Nullable Throwable previousFailure) {
    /**
     * Whether this is the first attempt.
     *
     * @return true for number 1
     */
    public boolean isFirst() {
        return number == 1;
    }

    /**
     * Whether the policy allows no attempt after this one.
     *
     * @return true for the last possible attempt
     */
    public boolean isLast() {
        return number == maxAttempts;
    }
}
