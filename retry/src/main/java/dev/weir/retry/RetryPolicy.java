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
 * When to try again, how often, and until when. Immutable and thread-safe, as far as its functions are.
 *
 * <p>By default: three attempts in all, after any exception, with {@link Backoff#exponential(Duration) exponential}
 * waits from 100 ms to 10 s with full jitter.
 *
 * <p>Whatever the policy says, {@link InterruptedException}, {@link CancellationException} and every {@link Error} are
 * never retried: the first two are requests to stop, and after an {@code OutOfMemoryError} another attempt makes it
 * worse.
 */
public final class RetryPolicy {
    private static final Duration FIRST_DELAY = Duration.ofMillis(100);
    private static final Duration DELAY_CAP = Duration.ofSeconds(10);

    final int maxAttempts;
    final long maxDurationNanos;
    final Backoff backoff;
    final @Nullable RetryListener listener;
    private final List<Predicate<? super Throwable>> retryable;
    private final List<Class<? extends Throwable>> abortOn;
    private final @Nullable Predicate<Object> rejected;
    private final Function<? super Throwable, ? extends @Nullable Duration> delayFrom;
    private final long delayFromLimitNanos;

    private RetryPolicy(Builder builder) {
        this.maxAttempts = builder.maxAttempts;
        this.maxDurationNanos = builder.maxDurationNanos;
        this.backoff = builder.backoff;
        this.listener = builder.listener;
        this.retryable = List.copyOf(builder.retryable);
        this.abortOn = List.copyOf(builder.abortOn);
        this.rejected = builder.rejected;
        this.delayFrom = builder.delayFrom;
        this.delayFromLimitNanos = builder.delayFromLimitNanos;
    }

    /**
     * Starts to build a policy.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Whether the failure is of a kind that is tried again. */
    boolean retries(Throwable failure) {
        if (failure instanceof Error
                || failure instanceof InterruptedException
                || failure instanceof CancellationException) {
            return false;
        }
        for (Class<? extends Throwable> type : abortOn) {
            if (type.isInstance(failure)) {
                return false;
            }
        }
        for (Predicate<? super Throwable> predicate : retryable) {
            if (predicate.test(failure)) {
                return true;
            }
        }
        return retryable.isEmpty();
    }

    boolean rejects(@Nullable Object result) {
        return rejected != null && result != null && rejected.test(result);
    }

    /** The backoff's delay, or the longer one that the failure asks for, up to the limit above the backoff's. */
    long delayNanos(@Nullable Throwable failure, long backoffNanos) {
        Duration asked = failure == null ? null : delayFrom.apply(failure);
        if (asked == null) {
            return backoffNanos;
        }
        long most = backoffNanos + delayFromLimitNanos;
        return Math.max(backoffNanos, Math.min(Checks.saturatedNanos(asked), most < 0 ? Long.MAX_VALUE : most));
    }

    /** Builds a {@link RetryPolicy}. Not thread-safe. */
    public static final class Builder {
        private int maxAttempts = 3;
        private long maxDurationNanos = Long.MAX_VALUE;
        private Backoff backoff =
                Backoff.exponential(FIRST_DELAY).withCap(DELAY_CAP).withFullJitter();
        private @Nullable RetryListener listener;
        private List<Predicate<? super Throwable>> retryable = List.of();
        private List<Class<? extends Throwable>> abortOn = List.of();
        private @Nullable Predicate<Object> rejected;
        private Function<? super Throwable, ? extends @Nullable Duration> delayFrom = failure -> null;
        private long delayFromLimitNanos;

        private Builder() {}

        /**
         * How many attempts to make at most, the first one included; 3 by default.
         *
         * @param maxAttempts at least 1, which is no retry
         * @return this builder
         * @throws IllegalArgumentException if {@code maxAttempts} is below 1
         */
        public Builder maxAttempts(int maxAttempts) {
            this.maxAttempts = Checks.positive(maxAttempts, "maxAttempts");
            return this;
        }

        /**
         * How long all of it may take; without bound by default. A retry that would begin later than that after the
         * first attempt began is not made, nor waited for. A running attempt is not cut short.
         *
         * @param maxDuration positive
         * @return this builder
         * @throws IllegalArgumentException if {@code maxDuration} is not positive
         */
        public Builder maxDuration(Duration maxDuration) {
            this.maxDurationNanos = Checks.saturatedNanos(Checks.positive(maxDuration, "maxDuration"));
            return this;
        }

        /**
         * How long to wait between attempts.
         *
         * @param backoff the backoff
         * @return this builder
         */
        public Builder backoff(Backoff backoff) {
            this.backoff = Objects.requireNonNull(backoff, "backoff");
            return this;
        }

        /**
         * Retries failures of these types, and others only if another {@code retryOn} or {@code retryIf} says so.
         *
         * @param types exception classes; their subclasses count too
         * @return this builder
         */
        @SafeVarargs
        @SuppressWarnings("varargs") // List.of copies the array
        public final Builder retryOn(Class<? extends Throwable>... types) {
            List<Class<? extends Throwable>> copy = List.of(types);
            return retryIf(failure -> copy.stream().anyMatch(type -> type.isInstance(failure)));
        }

        /**
         * Retries failures for which the predicate holds, and others only if another {@code retryOn} or {@code retryIf}
         * says so. What the predicate throws, the caller of {@link Retry} gets, with the failure suppressed.
         *
         * @param predicate true to try again
         * @return this builder
         */
        public Builder retryIf(Predicate<? super Throwable> predicate) {
            retryable = with(retryable, Objects.requireNonNull(predicate, "predicate"));
            return this;
        }

        /**
         * Never retries failures of these types, whatever else says so.
         *
         * @param types exception classes; their subclasses count too
         * @return this builder
         */
        @SafeVarargs
        public final Builder abortOn(Class<? extends Throwable>... types) {
            for (Class<? extends Throwable> type : types) {
                abortOn = with(abortOn, type);
            }
            return this;
        }

        /**
         * Retries when the task returns a result, other than null, for which the predicate holds. When the attempts are
         * exhausted, the last result is returned all the same.
         *
         * @param predicate true to try again
         * @return this builder
         */
        public Builder retryIfResult(Predicate<Object> predicate) {
            this.rejected = Objects.requireNonNull(predicate, "predicate");
            return this;
        }

        /**
         * Lets a failure say how long to wait, as an HTTP {@code Retry-After} does. The wait is then at least the
         * backoff's and at most so much longer.
         *
         * @param delayFrom the wait that a failure asks for, or null if it asks for none
         * @param limit how much longer than the backoff's the wait may become, not negative
         * @return this builder
         * @throws IllegalArgumentException if {@code limit} is negative
         */
        public Builder delayFrom(Function<? super Throwable, ? extends @Nullable Duration> delayFrom, Duration limit) {
            this.delayFrom = Objects.requireNonNull(delayFrom, "delayFrom");
            this.delayFromLimitNanos = Checks.saturatedNanos(Checks.notNegative(limit, "limit"));
            return this;
        }

        /**
         * Who is told of retries; nobody by default.
         *
         * @param listener the listener
         * @return this builder
         */
        public Builder listener(RetryListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Builds the policy.
         *
         * @return the policy
         */
        public RetryPolicy build() {
            return new RetryPolicy(this);
        }

        private static <E> List<E> with(List<E> list, E element) {
            List<E> longer = new ArrayList<>(list);
            longer.add(element);
            return List.copyOf(longer);
        }
    }
}
