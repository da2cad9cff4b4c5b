package dev.weir.retry;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.scope.Timeouts;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Defines what is retried, how often, for how long, and after which delays. A {@link Retry} runs tasks by it.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="policy"}
 *
 * <p><b>Defaults.</b> Three attempts; 100 ms, then 200 ms, doubling up to 10 s, with full jitter; no maximum duration;
 * every failure that may be retried is; every result is accepted; no limit on an attempt, no budget.
 *
 * <p><b>Never retried</b>, whatever the policy says: {@link InterruptedException}, also as the cause of another
 * failure, and {@link CancellationException}, which ask the task to end; and every {@link Error}, for instance
 * {@link OutOfMemoryError}, after which the program may be in no state to go on.
 *
 * <p><b>Wrappers of the JDK</b> do not matter: where a failure is an {@link java.util.concurrent.ExecutionException}, a
 * {@link java.util.concurrent.CompletionException}, an {@link java.lang.reflect.InvocationTargetException} or an
 * {@link java.lang.reflect.UndeclaredThrowableException}, the rules below apply to what it holds as well as to itself.
 * What the caller gets is the failure as the task threw it.
 *
 * <p><b>Time limits</b> are retried, as a limit says that another attempt may be quicker. All of Weir's have a
 * {@link TimeoutException}: {@link Timeouts} throws it; {@link AttemptTimeoutException}, and the
 * {@code CancellationException} that fan-outs and scopes throw, have it as their cause, so rules that name
 * {@code TimeoutException} apply to all of them. A {@code CancellationException} without that cause is somebody's
 * cancellation, and is not retried.
 *
 * <p><b>Thread-safety.</b> Immutable, as long as the functions and the listener that it was given are. One policy
 * serves any number of {@code Retry}s. Nothing blocks.
 */
public final class RetryPolicy {
    private static final RetryPolicy DEFAULTS = builder().build();

    final int maxAttempts;
    final long maxNanos;
    final Backoff backoff;
    final @Nullable RetryListener listener;
    final @Nullable RetryBudget budget;
    final boolean retriesNested;
    final boolean failsOnRejection;
    final Contexts contexts;

    /** Whether a result means more than to return it: to ask a predicate, or to notify a listener. */
    final boolean judgesSuccess;

    /** How long an attempt may take, by its number; null if as long as it wants. */
    private final @Nullable IntFunction<@Nullable Duration> attemptTimeout;

    private final @Nullable AskedDelay<Throwable> delayFrom;
    private final @Nullable AskedDelay<@Nullable Object> delayFromResult;
    private final FailureRules rules;
    private final @Nullable Predicate<? super Throwable> uncounted;
    private final @Nullable Predicate<@Nullable Object> retryOnResult;

    RetryPolicy(RetryPolicyBuilder builder) {
        maxAttempts = builder.maxAttempts;
        maxNanos = builder.maxNanos;
        backoff = builder.backoff;
        listener = builder.listener;
        budget = builder.budget;
        retriesNested = builder.retriesNested;
        failsOnRejection = builder.failsOnRejection;
        contexts = builder.contexts;
        judgesSuccess = builder.retryOnResult != null || builder.listener != null;
        attemptTimeout = builder.attemptTimeout;
        delayFrom = builder.delayFrom;
        delayFromResult = builder.delayFromResult;
        rules = builder.rules.copy();
        uncounted = builder.uncounted;
        retryOnResult = builder.retryOnResult;
    }

    /**
     * Returns the policy that a builder makes when nothing is set.
     *
     * @return the default policy
     */
    public static RetryPolicy defaults() {
        return DEFAULTS;
    }

    /**
     * Begins a policy.
     *
     * @return a builder with the defaults
     */
    public static RetryPolicyBuilder builder() {
        return new RetryPolicyBuilder();
    }

    /** Whether the failure is one to retry. Throws what a predicate throws. */
    boolean retries(Throwable failure) {
        return rules.retries(failure);
    }

    /** Whether an attempt that failed so is one of the {@link #maxAttempts}. Throws what a predicate throws. */
    boolean counts(Throwable failure) {
        Throwable decisive = Causes.decisive(failure);
        return uncounted == null || !(uncounted.test(failure) || (decisive != failure && uncounted.test(decisive)));
    }

    boolean limitsAttempts() {
        return attemptTimeout != null;
    }

    /** How long an attempt may take. Throws what the policy's function throws. */
    long attemptNanos(int number) {
        @Nullable Duration timeout = attemptTimeout == null ? null : attemptTimeout.apply(number);
        return timeout == null ? RunLimit.UNLIMITED : Checks.saturatedNanos(Checks.positive(timeout, "attemptTimeout"));
    }

    /** Whether the result is one to return. Throws what the predicate throws. */
    boolean accepts(@Nullable Object result) {
        return retryOnResult == null || !retryOnResult.test(result);
    }

    /**
     * The delay before a retry: the backoff's, or the longer one that the failure or the rejected result asks for, or
     * {@link AskedDelay#TOO_LONG}. Throws what the policy's functions throw.
     */
    long delay(long backoffNanos, @Nullable Throwable failure, @Nullable Object result) {
        long asked = AskedDelay.NONE;
        if (failure == null && delayFromResult != null) {
            asked = delayFromResult.after(result, backoffNanos);
        } else if (failure != null && delayFrom != null) {
            asked = delayFrom.after(failure, backoffNanos);
            Throwable decisive = Causes.decisive(failure);
            if (asked == AskedDelay.NONE && decisive != failure) {
                asked = delayFrom.after(decisive, backoffNanos);
            }
        }
        return asked == AskedDelay.NONE ? backoffNanos : asked;
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code RetryPolicy[3 attempts, within PT10S]}
     */
    @Override
    public String toString() {
        return "RetryPolicy" + limits(maxAttempts, maxNanos);
    }

    static String limits(int maxAttempts, long maxNanos) {
        return "[" + maxAttempts + " attempts"
                + (maxNanos == RunLimit.UNLIMITED ? "" : ", within " + Duration.ofNanos(maxNanos)) + "]";
    }
}
