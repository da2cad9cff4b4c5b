package dev.weir.retry;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Told of what a {@link Retry} does, in the thread that does it. What a listener throws is logged at ERROR and changes
 * nothing. A first attempt that succeeds is not reported.
 */
public interface RetryListener {
    /**
     * An attempt failed and another one will be made.
     *
     * @param attempt the number of the attempt that failed, 1 for the first
     * @param failure what it threw, or null if its result was rejected
     * @param delay how long the wait before the next attempt will be
     */
    default void onRetry(int attempt, @Nullable Throwable failure, Duration delay) {}

    /**
     * An attempt succeeded after others had failed.
     *
     * @param attempts how many attempts were made
     */
    default void onRecovery(int attempts) {}

    /**
     * An attempt failed and no other one will be made.
     *
     * @param attempts how many attempts were made
     * @param failure what the last one threw, or null if its result was rejected
     * @param reason why there is no other one
     */
    default void onGiveUp(int attempts, @Nullable Throwable failure, StopReason reason) {}
}
