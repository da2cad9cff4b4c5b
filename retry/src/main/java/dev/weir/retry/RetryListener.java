package dev.weir.retry;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Is notified of what a {@link Retry} does, to count or to log. Every run that makes an attempt ends with exactly one
 * {@link #onSuccess} or {@link #onGiveUp}.
 *
 * <p>The methods are called in the thread that retries, or for {@link Retry#callAsync} in the one that ends an attempt
 * or the run, and between attempts, so a slow one delays the next attempt. What one throws is logged at ERROR and has
 * no other effect. They have what is {@linkplain RetryPolicyBuilder#context carried} from the caller. One policy, and
 * so one listener, may serve many threads at once.
 *
 * <p><b>Thread-safety.</b> Called by many threads at once. <b>Blocking.</b> It must be quick: a slow one delays the
 * next attempt. <b>Interruption.</b> An interrupt of the thread that calls is left alone. <b>Fairness.</b> None: events
 * of different runs come in no order. <b>Memory effects.</b> What that thread did before the call happens-before it.
 */
public interface RetryListener {
    /**
     * An attempt failed and will be followed by another one. Called before the delay.
     *
     * @param attempt the number of the attempt that failed; the first is 1
     * @param failure what it threw; null if it returned a result that the policy rejects
     * @param delay how long from now the next attempt starts, zero or more
     */
    default void onRetry(int attempt, @Nullable Throwable failure, Duration delay) {}

    /**
     * An attempt returned a result that the policy accepts.
     *
     * @param attempts how many attempts were made, this one included
     */
    default void onSuccess(int attempts) {}

    /**
     * The last attempt failed, and no other one follows.
     *
     * @param attempts how many attempts were made
     * @param failure what the caller gets; null if the last attempt returned a result that the policy rejects
     * @param reason why there is no further attempt
     */
    default void onGiveUp(int attempts, @Nullable Throwable failure, StopReason reason) {}
}
