package dev.weir.retry;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a task may know about the attempt that it is, through {@link Retry#callWithAttempt}. Immutable and thread-safe.
 */
public final class Attempt {
    private final int number;
    private final int maxAttempts;
    private final @Nullable Throwable previousFailure;
    private final TimeSource time;
    private final long startNanos;
    private final long maxNanos;

    Attempt(
            int number,
            int maxAttempts,
            @Nullable Throwable previousFailure,
            TimeSource time,
            long startNanos,
            long maxNanos) {
        this.number = number;
        this.maxAttempts = maxAttempts;
        this.previousFailure = previousFailure;
        this.time = time;
        this.startNanos = startNanos;
        this.maxNanos = maxNanos;
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
     * succeeds, fails with what is not retried, or leaves no time for another.
     *
     * @return true if no other attempt can follow
     */
    public boolean isLast() {
        return number == maxAttempts;
    }

    /**
     * How long there is left of the policy's maximum duration.
     *
     * @return the time left at this call, zero once it is over, about 292 years if the policy sets none
     */
    public Duration remaining() {
        return Duration.ofNanos(Nanos.remaining(time, startNanos, maxNanos));
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
     * The attempt's number, for a reader.
     *
     * @return for instance {@code Attempt[2 of 5]}
     */
    @Override
    public String toString() {
        return "Attempt[" + number + " of " + maxAttempts + "]";
    }
}
