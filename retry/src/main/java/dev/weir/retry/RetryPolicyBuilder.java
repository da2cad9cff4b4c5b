package dev.weir.retry;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Collects a {@link RetryPolicy}. Each method returns the builder; each checks its argument at once.
 *
 * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
 */
public final class RetryPolicyBuilder {
    int maxAttempts = 3;
    long maxNanos = RunLimit.UNLIMITED;
    Backoff backoff = Backoff.exponential(Duration.ofMillis(100), 2)
            .withCap(Duration.ofSeconds(10))
            .withFullJitter();

    @Nullable
    AskedDelay<Throwable> delayFrom;

    @Nullable
    AskedDelay<@Nullable Object> delayFromResult;

    boolean failsOnRejection;

    @Nullable
    RetryListener listener;

    @Nullable
    RetryBudget budget;

    boolean retriesNested;
    Contexts contexts = Contexts.byDefault();

    @Nullable
    IntFunction<@Nullable Duration> attemptTimeout;

    final FailureRules rules = new FailureRules();

    @Nullable
    Predicate<? super Throwable> uncounted;

    @Nullable
    Predicate<@Nullable Object> retryOnResult;

    RetryPolicyBuilder() {}

    /**
     * Sets the maximum number of attempts, the first one included.
     *
     * @param maxAttempts the number; 1 never retries, {@link Integer#MAX_VALUE} is as good as no limit
     * @return this builder
     * @throws IllegalArgumentException if the number is below 1
     */
    public RetryPolicyBuilder maxAttempts(int maxAttempts) {
        this.maxAttempts = Checks.positive(maxAttempts, "maxAttempts");
        return this;
    }

    /**
     * Limits the time from the start of a run to the start of its last attempt. A retry whose delay would end at or
     * after that limit is not waited for: the run ends at once with the failure that it has. An attempt that is running
     * is not cut short, except if there is an {@link #attemptTimeout}, which is never longer than what is left. For a
     * limit that an operation shares with other calls, see {@link Retry#withDeadline}.
     *
     * @param maxDuration the duration, positive; one beyond 292 years is no limit
     * @return this builder
     * @throws IllegalArgumentException if the duration is zero or negative
     */
    public RetryPolicyBuilder maxDuration(Duration maxDuration) {
        this.maxNanos = Checks.saturatedNanos(Checks.positive(maxDuration, "maxDuration"));
        return this;
    }

    /**
     * Sets how long to wait before each retry.
     *
     * @param backoff the backoff; what it throws ends the run and goes to the caller
     * @return this builder
     */
    public RetryPolicyBuilder backoff(Backoff backoff) {
        this.backoff = Objects.requireNonNull(backoff, "backoff");
        return this;
    }

    /**
     * Limits the time of each attempt. One that takes longer is interrupted and waited for, and fails with an
     * {@link AttemptTimeoutException}, which is retried unless an {@code abort…} rule names it. The attempts of
     * blocking calls run on threads of their own, so that their interrupt cannot reach the caller: virtual ones if the
     * caller is virtual, else platform threads, which do not wait for a free carrier. They have what is
     * {@linkplain #context carried} from the caller, and may fork into the {@link dev.weir.core.scope.TaskScope} that
     * the caller is in, but have none of its other thread-locals and locks.
     *
     * @param timeout the limit, positive
     * @return this builder
     * @throws IllegalArgumentException if the timeout is zero or negative
     */
    public RetryPolicyBuilder attemptTimeout(Duration timeout) {
        Checks.positive(timeout, "timeout");
        this.attemptTimeout = number -> timeout;
        return this;
    }

    /**
     * Limits the time of an attempt by its number; otherwise as {@link #attemptTimeout}.
     *
     * @param timeouts gives the positive timeout for the number of an attempt, the first being 1, or null for none;
     *     what it throws, or a timeout that is not positive, ends the run
     * @return this builder
     */
    public RetryPolicyBuilder attemptTimeoutBy(IntFunction<@Nullable Duration> timeouts) {
        this.attemptTimeout = Objects.requireNonNull(timeouts, "timeouts");
        return this;
    }

    /**
     * Retries failures of these types and their subtypes. Together with the other {@code retry…} rules, whatever one of
     * them names is retried and everything else is not.
     *
     * @param types the types
     * @return this builder
     * @throws IllegalArgumentException if a type is one that is never retried
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public final RetryPolicyBuilder retryOn(Class<? extends Throwable>... types) {
        rules.retryOn(Checks.noneNull(types, "types"));
        return this;
    }

    /**
     * Retries failures that are of these types or have one of them among their causes, otherwise as {@link #retryOn}.
     *
     * @param types the types
     * @return this builder
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public final RetryPolicyBuilder retryOnCause(Class<? extends Throwable>... types) {
        rules.retryOnCause(Checks.noneNull(types, "types"));
        return this;
    }

    /**
     * Retries failures for which the predicate is true. Together with the other {@code retry…} rules, whatever one of
     * them names is retried and everything else is not.
     *
     * @param predicate asked about failures that may be retried and that no {@code abort…} rule names; what it throws
     *     ends the run and goes to the caller, with the task's failure suppressed
     * @return this builder
     */
    public RetryPolicyBuilder retryIf(Predicate<? super Throwable> predicate) {
        rules.retryIf(predicate);
        return this;
    }

    /**
     * Does not retry failures of these types and their subtypes, whatever the {@code retry…} rules say.
     *
     * @param types the types
     * @return this builder
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public final RetryPolicyBuilder abortOn(Class<? extends Throwable>... types) {
        rules.abortOn(Checks.noneNull(types, "types"));
        return this;
    }

    /**
     * Does not retry failures that are of these types or have one of them among their causes, whatever the
     * {@code retry…} rules say.
     *
     * @param types the types
     * @return this builder
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public final RetryPolicyBuilder abortOnCause(Class<? extends Throwable>... types) {
        rules.abortOnCause(Checks.noneNull(types, "types"));
        return this;
    }

    /**
     * Does not retry failures for which the predicate is true, whatever the {@code retry…} rules say.
     *
     * @param predicate asked about failures that may be retried; what it throws ends the run and goes to the caller,
     *     with the task's failure suppressed
     * @return this builder
     */
    public RetryPolicyBuilder abortIf(Predicate<? super Throwable> predicate) {
        rules.abortIf(predicate);
        return this;
    }

    /**
     * Does not count attempts with such a failure among the {@linkplain #maxAttempts maximum}: for an answer that says
     * "not now", for instance HTTP's 429. They are retried if the other rules retry them, after the backoff of their
     * number, with every limit but that one; so a maximum duration must be set, too.
     *
     * @param predicate asked about failures that are retried; what it throws ends the run and goes to the caller, with
     *     the task's failure suppressed. If this is called more than once, any of the predicates will do.
     * @return this builder
     */
    public RetryPolicyBuilder doNotCountIf(Predicate<? super Throwable> predicate) {
        Objects.requireNonNull(predicate, "predicate");
        Predicate<? super Throwable> present = uncounted;
        uncounted = present == null ? predicate : failure -> present.test(failure) || predicate.test(failure);
        return this;
    }

    /**
     * Sets the budget that pays for retries. If it has too little, the run ends at once with the failure or the result
     * that it has.
     *
     * @param budget the budget, which other policies and hedges may share
     * @return this builder
     */
    public RetryPolicyBuilder budget(RetryBudget budget) {
        this.budget = Objects.requireNonNull(budget, "budget");
        return this;
    }

    /**
     * Also retries what a retry inside of the task has given up. Without this, a failure that carries, itself or in one
     * of its causes, the trace of an inner run that made several attempts or had no time or budget for them, is not
     * retried ({@link StopReason#NESTED}): three times three attempts would be nine. The inner trace is not seen on an
     * exception that keeps no suppressed ones or that was thrown by runs before.
     *
     * @return this builder
     */
    public RetryPolicyBuilder retryNested() {
        this.retriesNested = true;
        return this;
    }

    /**
     * Rejects results for which the predicate is true and tries again. The result of the last attempt is returned to
     * the caller even if it is rejected, unless {@link #failOnRejectedResult} is set; {@link Retry#attempt} returns
     * which of the two it is.
     *
     * @param predicate asked about every result, null too; what it throws ends the run and goes to the caller. If this
     *     is called more than once, results that any of the predicates names are rejected.
     * @return this builder
     */
    public RetryPolicyBuilder retryOnResult(Predicate<@Nullable Object> predicate) {
        Objects.requireNonNull(predicate, "predicate");
        Predicate<@Nullable Object> present = retryOnResult;
        retryOnResult = present == null ? predicate : result -> present.test(result) || predicate.test(result);
        return this;
    }

    /**
     * Rejects results of a type for which the predicate is true and tries again, as {@link #retryOnResult(Predicate)}
     * does. Other results, null among them, are not rejected by this.
     *
     * {@snippet file="dev/weir/retry/RetrySnippets.java" region="results"}
     *
     * @param type the type of results that the predicate is asked about
     * @param predicate what it throws ends the run and goes to the caller
     * @param <R> the type
     * @return this builder
     */
    public <R> RetryPolicyBuilder retryOnResult(Class<R> type, Predicate<? super R> predicate) {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(predicate, "predicate");
        return retryOnResult(result -> type.isInstance(result) && predicate.test(type.cast(result)));
    }

    /**
     * Takes the delay from the failure where it names one, for instance from the {@code Retry-After} of an HTTP
     * response; a delay of over one minute more than the backoff's ends the run.
     *
     * @param delayFrom see {@link #delayFrom(Function, Duration)}
     * @return this builder
     */
    public RetryPolicyBuilder delayFrom(Function<? super Throwable, @Nullable Duration> delayFrom) {
        return delayFrom(delayFrom, Duration.ofMinutes(1));
    }

    /**
     * Takes the delay from the failure where it names one. The delay is never shorter than the backoff's and never
     * shorter than the failure asks for. If the failure asks for more than the backoff's and the limit together, the
     * run ends at once ({@link StopReason#DELAY_TOO_LONG}), so that a server's mistake stops nobody for a day; also if
     * the delay would end at or after the {@linkplain #maxDuration maximum duration}.
     *
     * @param delayFrom gives the delay that the failure asks for, or null to leave it to the backoff; what it throws
     *     ends the run and goes to the caller, with the task's failure suppressed
     * @param limit how much longer than the backoff's the delay may be, zero or more
     * @return this builder
     * @throws IllegalArgumentException if the limit is negative
     */
    public RetryPolicyBuilder delayFrom(Function<? super Throwable, @Nullable Duration> delayFrom, Duration limit) {
        long limitNanos = Checks.notNegativeNanos(limit, "limit");
        this.delayFrom = new AskedDelay<>(Objects.requireNonNull(delayFrom, "delayFrom"), limitNanos);
        return this;
    }

    /**
     * Takes the delay after a rejected result from the result where it names one, as {@link #delayFrom(Function,
     * Duration)} does after a failure: {@code java.net.http}, for instance, returns a response with a
     * {@code Retry-After} and does not throw it.
     *
     * @param delayFromResult gives the delay that the result asks for, or null to leave it to the backoff; what it
     *     throws ends the run and goes to the caller
     * @param limit how much longer than the backoff's the delay may be, zero or more
     * @return this builder
     * @throws IllegalArgumentException if the limit is negative
     */
    public RetryPolicyBuilder delayFromResult(
            Function<? super @Nullable Object, @Nullable Duration> delayFromResult, Duration limit) {
        long limitNanos = Checks.notNegativeNanos(limit, "limit");
        this.delayFromResult = new AskedDelay<>(Objects.requireNonNull(delayFromResult, "delayFromResult"), limitNanos);
        return this;
    }

    /**
     * Takes the delay after a rejected result of a type from the result where it names one; a delay of over one minute
     * more than the backoff's ends the run. See {@link #delayFromResult(Function, Duration)}, which it replaces.
     *
     * @param type the type of results that the function is asked about; the backoff alone counts after others
     * @param delayFromResult gives the delay that the result asks for, or null to leave it to the backoff; what it
     *     throws ends the run and goes to the caller. {@link RetryAfter} reads an HTTP header.
     * @param <R> the type
     * @return this builder
     */
    public <R> RetryPolicyBuilder delayFromResult(
            Class<R> type, Function<? super R, @Nullable Duration> delayFromResult) {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(delayFromResult, "delayFromResult");
        return delayFromResult(
                result -> type.isInstance(result) ? delayFromResult.apply(type.cast(result)) : null,
                Duration.ofMinutes(1));
    }

    /**
     * Makes a run whose last result is rejected fail with a {@link RejectedResultException}, in blocking and in
     * asynchronous calls and in decorated functions. {@link Retry#attempt} returns a {@link RetryResult.Rejected} with
     * and without this.
     *
     * @return this builder
     */
    public RetryPolicyBuilder failOnRejectedResult() {
        this.failsOnRejection = true;
        return this;
    }

    /**
     * Sets the listener that is notified of retries, successes and failures.
     *
     * @param listener the listener, in place of the one set before
     * @return this builder
     */
    public RetryPolicyBuilder listener(RetryListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /**
     * What is carried from the caller of an asynchronous run to all that the run does in other threads: attempts, the
     * functions of this policy, the listener, and dependents of the future; and to blocking attempts that have an
     * {@linkplain #attemptTimeout own thread}. In place of {@link ContextCarrier#defaults()}.
     *
     * @param carriers what carries it, installed in this order; none carries nothing
     * @return this builder
     */
    public RetryPolicyBuilder context(ContextCarrier... carriers) {
        this.contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
        return this;
    }

    /**
     * Makes the policy. The builder may be used further and does not change it.
     *
     * @return the policy
     * @throws IllegalArgumentException if some failures do not count but there is no maximum duration
     */
    public RetryPolicy build() {
        if (uncounted != null && maxNanos == RunLimit.UNLIMITED) {
            throw new IllegalArgumentException("maxDuration must be set with doNotCountIf, but is not; "
                    + "failures that do not count would be retried without end");
        }
        return new RetryPolicy(this);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code RetryPolicyBuilder[3 attempts, within PT10S]}
     */
    @Override
    public String toString() {
        return "RetryPolicyBuilder" + RetryPolicy.limits(maxAttempts, maxNanos);
    }
}
