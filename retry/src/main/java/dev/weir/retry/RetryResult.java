package dev.weir.retry;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a run of {@link Retry#attempt} ended. Made for {@code switch}:
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="attempt"}
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks. Results may be shared between threads; the value inside is the
 * caller's own.
 *
 * @param <T> the type of the task's value
 */
public sealed interface RetryResult<T extends @Nullable Object> {
    /**
     * Why there was no further attempt.
     *
     * @return the reason
     */
    StopReason reason();

    /**
     * How many attempts were made.
     *
     * @return the number, at least 1
     */
    int attempts();

    /**
     * How long it took, with the delays.
     *
     * @return the time from the start of the first attempt to the end of the last, never negative
     */
    Duration elapsed();

    /**
     * An attempt returned a value that the policy accepts. Immutable.
     *
     * @param value the value
     * @param attempts how many attempts were made
     * @param elapsed how long it took, never negative
     * @param <T> the type of the value
     */
    record Success<T extends @Nullable Object>(T value, int attempts, Duration elapsed) implements RetryResult<T> {
        /**
         * Creates a success.
         *
         * @param value the value
         * @param attempts how many attempts were made
         * @param elapsed how long it took
         */
        public Success {
            Objects.requireNonNull(elapsed, "elapsed");
        }

        /**
         * A success stops because of the success.
         *
         * @return {@link StopReason#SUCCESS}
         */
        @Override
        public StopReason reason() {
            return StopReason.SUCCESS;
        }
    }

    /**
     * The last attempt returned a value that the policy rejects. Immutable.
     *
     * @param value the last value
     * @param reason why there was no further attempt
     * @param attempts how many attempts were made
     * @param elapsed how long it took, never negative
     * @param <T> the type of the value
     */
    record Rejected<T extends @Nullable Object>(T value, StopReason reason, int attempts, Duration elapsed)
            implements RetryResult<T> {
        /**
         * Creates a rejection.
         *
         * @param value the last value
         * @param reason why there was no further attempt
         * @param attempts how many attempts were made
         * @param elapsed how long it took
         */
        public Rejected {
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(elapsed, "elapsed");
        }
    }

    /**
     * The last attempt threw. Immutable.
     *
     * @param failure what {@link Retry#call} would have thrown
     * @param reason why there was no further attempt
     * @param attempts how many attempts were made
     * @param elapsed how long it took, never negative
     * @param <T> the type of the value that the task would have returned
     */
    record Failed<T extends @Nullable Object>(Throwable failure, StopReason reason, int attempts, Duration elapsed)
            implements RetryResult<T> {
        /**
         * Creates a failure.
         *
         * @param failure what was thrown
         * @param reason why there was no further attempt
         * @param attempts how many attempts were made
         * @param elapsed how long it took
         */
        public Failed {
            Objects.requireNonNull(failure, "failure");
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(elapsed, "elapsed");
        }
    }
}
