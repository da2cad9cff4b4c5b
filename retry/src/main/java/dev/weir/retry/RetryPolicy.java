package dev.weir.retry;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is retried, how often, for how long, and after which delays. A {@link Retry} runs tasks by it.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="policy"}
 *
 * <p><b>Defaults.</b> Three attempts; 100 ms, then 200 ms, doubling up to 10 s, with full jitter; no maximum duration;
 * every failure is retried that may be; every result is accepted.
 *
 * <p><b>Never retried</b>, whatever the policy says: {@link InterruptedException} and {@link CancellationException},
 * which ask the task to end, and every {@link Error}, for instance {@link OutOfMemoryError}, after which the program may
 * be in no state to go on.
 *
 * <p>A policy is immutable and thread-safe, as long as the functions and the listener that it was given are. One policy
 * serves any number of {@code Retry}s. A builder is not thread-safe.
 */
public final class RetryPolicy {
    private static final RetryPolicy DEFAULTS = builder().build();

    final int maxAttempts;
    final long maxNanos;
    final Backoff backoff;
    private final long delayFromLimitNanos;
    private final @Nullable Function<? super Throwable, @Nullable Duration> delayFrom;
    final @Nullable RetryListener listener;
    private final List<Class<? extends Throwable>> retryOn;
    private final List<Predicate<? super Throwable>> retryIf;
    private final List<Class<? extends Throwable>> abortOn;
    private final @Nullable Predicate<@Nullable Object> retryOnResult;

    private RetryPolicy(Builder builder) {
        maxAttempts = builder.maxAttempts;
        maxNanos = builder.maxNanos;
        backoff = builder.backoff;
        delayFromLimitNanos = builder.delayFromLimitNanos;
        delayFrom = builder.delayFrom;
        listener = builder.listener;
        retryOn = List.copyOf(builder.retryOn);
        retryIf = List.copyOf(builder.retryIf);
        abortOn = List.copyOf(builder.abortOn);
        retryOnResult = builder.retryOnResult;
    }

    /**
     * The policy that a builder makes when nothing is set.
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
    public static Builder builder() {
        return new Builder();
    }

    static boolean isNeverRetried(Throwable failure) {
        return isNeverRetried(failure.getClass());
    }

    private static boolean isNeverRetried(Class<? extends Throwable> type) {
        return Error.class.isAssignableFrom(type)
                || InterruptedException.class.isAssignableFrom(type)
                || CancellationException.class.isAssignableFrom(type);
    }

    /** Whether the failure is one to retry. Throws what a predicate throws. */
    boolean retries(Throwable failure) {
        if (isNeverRetried(failure) || matches(abortOn, failure)) {
            return false;
        }
        if ((retryOn.isEmpty() && retryIf.isEmpty()) || matches(retryOn, failure)) {
            return true;
        }
        for (Predicate<? super Throwable> predicate : retryIf) {
            if (predicate.test(failure)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a result means more than to return it: to ask a predicate, or to tell a listener. */
    boolean judgesSuccess() {
        return retryOnResult != null || listener != null;
    }

    /** Whether the result is one to return. Throws what the predicate throws. */
    boolean accepts(@Nullable Object result) {
        return retryOnResult == null || !retryOnResult.test(result);
    }

    /** The delay before a retry: the backoff's, or the longer one that the failure asks for, within the limit. */
    long delay(long backoffNanos, @Nullable Throwable failure) {
        if (delayFrom == null || failure == null) {
            return backoffNanos;
        }
        Duration asked = delayFrom.apply(failure);
        if (asked == null) {
            return backoffNanos;
        }
        long longest = Nanos.saturatedSum(backoffNanos, delayFromLimitNanos);
        return Math.clamp(Checks.saturatedNanos(asked), backoffNanos, longest);
    }

    private static boolean matches(List<Class<? extends Throwable>> types, Throwable failure) {
        for (Class<? extends Throwable> type : types) {
            if (type.isInstance(failure)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The policy's limits, for a reader.
     *
     * @return for instance {@code RetryPolicy[3 attempts, within PT10S]}
     */
    @Override
    public String toString() {
        return "RetryPolicy[" + maxAttempts + " attempts"
                + (maxNanos == Nanos.UNLIMITED ? "" : ", within " + Duration.ofNanos(maxNanos)) + "]";
    }

    /** Collects a policy. Each method returns the builder; each checks its argument at once. */
    public static final class Builder {
        private int maxAttempts = 3;
        private long maxNanos = Nanos.UNLIMITED;
        private Backoff backoff = Backoff.exponential(Duration.ofMillis(100), 2)
                .withCap(Duration.ofSeconds(10))
                .withFullJitter();
        private long delayFromLimitNanos;
        private @Nullable Function<? super Throwable, @Nullable Duration> delayFrom;
        private @Nullable RetryListener listener;
        private final List<Class<? extends Throwable>> retryOn = new ArrayList<>();
        private final List<Predicate<? super Throwable>> retryIf = new ArrayList<>();
        private final List<Class<? extends Throwable>> abortOn = new ArrayList<>();
        private @Nullable Predicate<@Nullable Object> retryOnResult;

        private Builder() {}

        /**
         * How many attempts there are at most, the first one included.
         *
         * @param maxAttempts the number; 1 never retries, {@link Integer#MAX_VALUE} is as good as no limit
         * @return this builder
         * @throws IllegalArgumentException if the number is below 1
         */
        public Builder maxAttempts(int maxAttempts) {
            this.maxAttempts = Checks.positive(maxAttempts, "maxAttempts");
            return this;
        }

        /**
         * Within how long of its beginning a run may start its last attempt. A retry whose delay would end at or after
         * that is not waited for: the run ends at once with the failure that it has. An attempt that is running is not
         * cut short.
         *
         * @param maxDuration the duration; one beyond 292 years is no limit
         * @return this builder
         * @throws IllegalArgumentException if the duration is zero or negative
         */
        public Builder maxDuration(Duration maxDuration) {
            this.maxNanos = Checks.saturatedNanos(Checks.positive(maxDuration, "maxDuration"));
            return this;
        }

        /**
         * How long to wait before each retry.
         *
         * @param backoff the backoff; what it throws ends the run and goes to the caller
         * @return this builder
         */
        public Builder backoff(Backoff backoff) {
            this.backoff = Objects.requireNonNull(backoff, "backoff");
            return this;
        }

        /**
         * Retries failures of these types and their subtypes. Together with other {@code retryOn} and {@link #retryIf},
         * whatever one of them names is retried and everything else is not.
         *
         * @param types the types
         * @return this builder
         * @throws IllegalArgumentException if a type is one that is never retried
         */
        @SafeVarargs
        @SuppressWarnings("varargs") // the array is only read
        public final Builder retryOn(Class<? extends Throwable>... types) {
            for (Class<? extends Throwable> type : types) {
                if (isNeverRetried(Objects.requireNonNull(type, "types"))) {
                    throw new IllegalArgumentException("types must not contain " + type.getName()
                            + ", because no Error, InterruptedException or CancellationException is ever retried");
                }
            }
            retryOn.addAll(List.of(types));
            return this;
        }

        /**
         * Retries failures for which the predicate is true. Together with {@link #retryOn} and other {@code retryIf},
         * whatever one of them names is retried and everything else is not.
         *
         * @param predicate asked about failures that may be retried and that no {@link #abortOn} names; what it throws
         *     ends the run and goes to the caller, with the task's failure suppressed
         * @return this builder
         */
        public Builder retryIf(Predicate<? super Throwable> predicate) {
            retryIf.add(Objects.requireNonNull(predicate, "predicate"));
            return this;
        }

        /**
         * Does not retry failures of these types and their subtypes, whatever {@link #retryOn} and {@link #retryIf} say.
         *
         * @param types the types
         * @return this builder
         */
        @SafeVarargs
        @SuppressWarnings("varargs") // the array is only read
        public final Builder abortOn(Class<? extends Throwable>... types) {
            abortOn.addAll(List.of(types));
            return this;
        }

        /**
         * Rejects results for which the predicate is true and tries again. The result of the last attempt is returned
         * to the caller even if it is rejected; {@link Retry#attempt} tells the difference.
         *
         * @param predicate asked about every result, null too; what it throws ends the run and goes to the caller. If
         *     this is called more than once, results that any of the predicates names are rejected.
         * @return this builder
         */
        public Builder retryOnResult(Predicate<@Nullable Object> predicate) {
            Objects.requireNonNull(predicate, "predicate");
            Predicate<@Nullable Object> present = retryOnResult;
            retryOnResult = present == null ? predicate : result -> present.test(result) || predicate.test(result);
            return this;
        }

        /**
         * Takes the delay from the failure where it names one, for instance from the {@code Retry-After} of an HTTP
         * response, up to one minute longer than the backoff.
         *
         * @param delayFrom see {@link #delayFrom(Function, Duration)}
         * @return this builder
         */
        public Builder delayFrom(Function<? super Throwable, @Nullable Duration> delayFrom) {
            return delayFrom(delayFrom, Duration.ofMinutes(1));
        }

        /**
         * Takes the delay from the failure where it names one. The delay is never shorter than the backoff's, and longer
         * than it by at most the limit, so that a server's mistake stops nobody for a day. If it would end at or after
         * the {@linkplain #maxDuration maximum duration}, the run ends at once.
         *
         * @param delayFrom gives the delay that the failure asks for, or null to leave it to the backoff; what it throws
         *     ends the run and goes to the caller, with the task's failure suppressed
         * @param limit how much longer than the backoff the delay may be
         * @return this builder
         * @throws IllegalArgumentException if the limit is negative
         */
        public Builder delayFrom(Function<? super Throwable, @Nullable Duration> delayFrom, Duration limit) {
            this.delayFromLimitNanos = Checks.saturatedNanos(Checks.notNegative(limit, "limit"));
            this.delayFrom = Objects.requireNonNull(delayFrom, "delayFrom");
            return this;
        }

        /**
         * Who hears of retries, successes and failures.
         *
         * @param listener the listener, in place of the one set before
         * @return this builder
         */
        public Builder listener(RetryListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Makes the policy. The builder may be used further and does not change it.
         *
         * @return the policy
         */
        public RetryPolicy build() {
            return new RetryPolicy(this);
        }
    }
}
