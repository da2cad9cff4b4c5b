package dev.weir.retry;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Retry#attempt} ended. Made for {@code switch}. Immutable, as far as the value inside is.
 *
 * @param <T> the type of the value
 */
public sealed interface RetryResult<T extends @Nullable Object> {
    /**
     * How many attempts were made.
     *
     * @return the number, at least 1
     */
    int attempts();

    /**
     * How long all of it took, waits included.
     *
     * @return the time
     */
    Duration elapsed();

    /**
     * An attempt succeeded.
     *
     * @param value what it returned
     * @param attempts how many attempts were made
     * @param elapsed how long all of it took
     * @param <T> the type of the value
     */
    record Success<T extends @Nullable Object>(T value, int attempts, Duration elapsed) implements RetryResult<T> {}

    /**
     * The last attempt threw.
     *
     * @param failure what it threw
     * @param reason why there was no other attempt
     * @param attempts how many attempts were made
     * @param elapsed how long all of it took
     * @param <T> the type of the value that it would have returned
     */
    record Failure<T extends @Nullable Object>(Throwable failure, StopReason reason, int attempts, Duration elapsed)
            implements RetryResult<T> {}

    /**
     * The last attempt returned what the policy rejects.
     *
     * @param value what it returned
     * @param reason why there was no other attempt
     * @param attempts how many attempts were made
     * @param elapsed how long all of it took
     * @param <T> the type of the value
     */
    record Rejected<T extends @Nullable Object>(T value, StopReason reason, int attempts, Duration elapsed)
            implements RetryResult<T> {}
}
