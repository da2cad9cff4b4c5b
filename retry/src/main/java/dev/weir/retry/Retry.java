package dev.weir.retry;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Name;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks, and runs them again when they fail, by a {@link RetryPolicy}.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="call"}
 *
 * <p><b>Failures.</b> When a run gives up, the last failure itself is thrown, never wrapped, so the caller catches what
 * the task throws. It carries one suppressed exception without a stack trace whose message lists the first and the last
 * attempts, their delays and the {@link StopReason}; an {@link Error} and an exception that keeps no suppressed ones do
 * not, and an exception that ends several runs has the message of the last. If the last result is rejected, it is
 * returned, unless the policy {@linkplain RetryPolicyBuilder#failOnRejectedResult makes that a failure}. If a function
 * of the policy throws, that is thrown, with the task's failure suppressed.
 *
 * <p>A failure that a retry inside of the task has given up already is not retried, unless the policy
 * {@linkplain RetryPolicyBuilder#retryNested says so}.
 *
 * <p><b>Blocking and interruption.</b> Attempts and delays happen in the calling thread, platform or virtual; with an
 * {@linkplain RetryPolicyBuilder#attemptTimeout attempt timeout}, the attempts happen in threads of their own, which
 * have ended when the call does. {@link #callAsync} blocks nobody. A delay is never shorter than asked. If the thread
 * is interrupted on entry or in a delay, also one of zero, {@link InterruptedException} is thrown, with the last
 * failure suppressed, and no further attempt is made. One that the task throws is passed on at once.
 *
 * <p><b>Cost.</b> A first attempt that succeeds allocates nothing in {@code call}, {@code run} and decorated functions,
 * if the policy has no listener, no result predicate and no attempt timeout. It reads the clock only if the policy has
 * a maximum duration, and a budget's account once or twice if it has a {@link RetryBudget}. It is counted, which takes
 * a nanosecond or two in a platform thread.
 *
 * <p><b>Thread-safety.</b> Immutable but for its counts, and its runs share nothing else. <b>Blocking.</b> Every run
 * but {@link #callAsync} takes the calling thread for all attempts and delays. <b>Interruption.</b> As said above.
 * <b>Fairness.</b> None is needed. <b>Memory effects.</b> What one attempt does happens-before the next, as they are
 * one thread's.
 */
public final class Retry {
    final RetryPolicy policy;
    final TimeSource time;
    final Supplier<? extends RandomGenerator> random;
    final Deadline deadline;
    final @Nullable RetryScope scope;
    final RetryCounts counts;
    private final Name name;

    private Retry(Builder builder) {
        this.policy = builder.policy;
        this.time = builder.timeSource;
        this.random = builder.random;
        this.deadline = Deadline.never();
        this.scope = null;
        this.name = Name.of("retry", builder.name);
        this.counts = new RetryCounts(name);
    }

    private Retry(Retry from, Deadline deadline, @Nullable RetryScope scope) {
        this.policy = from.policy;
        this.time = from.time;
        this.random = from.random;
        this.deadline = deadline;
        this.scope = scope;
        this.counts = from.counts;
        this.name = from.name;
    }

    /**
     * A retry by this policy, on the system clock.
     *
     * @param policy the policy
     * @return the retry
     */
    public static Retry of(RetryPolicy policy) {
        return builder(policy).build();
    }

    /**
     * Begins a retry by this policy with a clock or a randomness of its own.
     *
     * @param policy the policy
     * @return a builder
     */
    public static Builder builder(RetryPolicy policy) {
        return new Builder(Objects.requireNonNull(policy, "policy"));
    }

    /**
     * Returns this retry with a deadline for its runs, for instance that of the request which a service answers:
     * {@code retry.withDeadline(deadline).call(task)}. It limits runs as {@link RetryPolicyBuilder#maxDuration} does,
     * and the earlier end of both counts: no retry starts at or after it, none is waited for that would, and an
     * {@linkplain RetryPolicyBuilder#attemptTimeout attempt timeout} is never longer than what is left. The first
     * attempt is made in any case.
     *
     * @param deadline the deadline, which replaces an earlier one of this kind
     * @return the retry with this deadline
     */
    public Retry withDeadline(Deadline deadline) {
        return new Retry(this, Objects.requireNonNull(deadline, "deadline"), scope);
    }

    /**
     * Returns this retry bound to a scope, whose shutdown ends all delays of its runs:
     * {@code retry.within(scope).call(task)}.
     *
     * @param scope the scope, which replaces an earlier one
     * @return the retry within this scope
     */
    public Retry within(RetryScope scope) {
        return new Retry(this, deadline, Objects.requireNonNull(scope, "scope"));
    }

    /**
     * Runs a task until it succeeds or the policy ends the run.
     *
     * @param task the task
     * @param <T> the type of its result
     * @param <X> the type of its checked exception
     * @return what the last attempt returned
     * @throws X if the last attempt failed: its very failure
     * @throws InterruptedException if the thread is interrupted on entry or in a delay, or the task throws it
     */
    public <T extends @Nullable Object, X extends Throwable> T call(ThrowingSupplier<? extends T, X> task)
            throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        return Retry.<ThrowingSupplier<? extends T, X>, T, X>apply(this, ThrowingSupplier::get, task);
    }

    /**
     * Runs a task without a result until it succeeds or the policy ends the run. Predicates on the result see null.
     *
     * @param task the task
     * @param <X> the type of its checked exception
     * @throws X if the last attempt failed: its very failure
     * @throws InterruptedException if the thread is interrupted on entry or in a delay, or the task throws it
     */
    public <X extends Throwable> void run(ThrowingRunnable<X> task) throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        Retry.<ThrowingRunnable<X>, @Nullable Void, X>apply(
                this,
                runnable -> {
                    runnable.run();
                    return null;
                },
                task);
    }

    /**
     * Runs a task that knows its attempt.
     *
     * @param task the task
     * @param <T> the type of its result
     * @param <X> the type of its checked exception
     * @return what the last attempt returned
     * @throws X if the last attempt failed: its very failure
     * @throws InterruptedException if the thread is interrupted on entry or in a delay, or the task throws it
     */
    public <T extends @Nullable Object, X extends Throwable> T callWithAttempt(
            ThrowingFunction<? super Attempt, ? extends T, X> task) throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        begin();
        return new BlockingRun<T, X>(new RetryDecisions(this, startNanos(), RetryTrace.Mark.now()), task::apply)
                .start();
    }

    /**
     * Runs a task and returns its result or failure with the number of attempts, the time and the reason.
     *
     * @param task the task
     * @param <T> the type of its result
     * @return the result; what {@link #call} would throw, an {@link Error} too, is a {@link RetryResult.Failed}
     * @throws InterruptedException if the thread is interrupted on entry or in a delay, or the task throws it
     */
    public <T extends @Nullable Object> RetryResult<T> attempt(ThrowingSupplier<? extends T, ?> task)
            throws InterruptedException {
        Objects.requireNonNull(task, "task");
        begin();
        long start = time.nanoTime();
        RetryDecisions decisions = new RetryDecisions(this, start, RetryTrace.Mark.now());
        BlockingRun<T, Throwable> run = new BlockingRun<>(decisions, attempt -> task.get(), true);
        T value;
        try {
            value = run.start();
        } catch (InterruptedException interrupt) {
            throw interrupt;
        } catch (Throwable failure) {
            return new RetryResult.Failed<>(failure, decisions.reason(), decisions.number(), since(start));
        }
        return decisions.reason() == StopReason.SUCCESS
                ? new RetryResult.Success<>(value, decisions.number(), since(start))
                : new RetryResult.Rejected<>(value, decisions.reason(), decisions.number(), since(start));
    }

    /**
     * Runs a task that gives its result later, until it succeeds or the policy ends the run, without blocking: the
     * first attempt starts in the calling thread, every further one after its delay on a daemon platform thread of
     * Weir's, or, without a delay, in the thread where the attempt before ended. With a {@code TimeSource} of your own,
     * it starts in the thread where that runs what is scheduled. All attempts, functions of the policy and listeners
     * have what is {@linkplain RetryPolicyBuilder#context carried} from the caller.
     *
     * {@snippet file="dev/weir/retry/RetrySnippets.java" region="callAsync"}
     *
     * <p>The future that this returns completes whatever happens: with the last attempt's result or failure, without
     * any {@link java.util.concurrent.CompletionException} and {@link java.util.concurrent.ExecutionException} around
     * it, or with what a function of the policy throws. A task that throws is as good as one whose stage fails with
     * that.
     *
     * <p><b>Cancellation.</b> When the future is completed in any way, for instance by {@code cancel} or
     * {@code orTimeout}, the run is over before dependents of the future run: no further attempt starts, a delay's
     * timer is cancelled, and the running attempt's stage is cancelled as a {@link CompletionStage#toCompletableFuture
     * future}. An {@linkplain RetryPolicyBuilder#attemptTimeout attempt timeout} cancels the attempt's stage in the
     * same way. Interrupts play no part, except that one which the first attempt throws sets the calling thread's
     * interrupt status again.
     *
     * <p>What one attempt and its stage do happens-before the next attempt.
     *
     * @param task gives the stage of an attempt; it should not block
     * @param <T> the type of its result
     * @return the future of the run, which may be cancelled
     */
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            ThrowingSupplier<? extends CompletionStage<? extends T>, ?> task) {
        Objects.requireNonNull(task, "task");
        return callAsyncWithAttempt(attempt -> task.get());
    }

    /**
     * Does as {@link #callAsync} does, for a task that knows its attempt.
     *
     * @param task gives the stage of an attempt; it should not block
     * @param <T> the type of its result
     * @return the future of the run, which may be cancelled
     */
    public <T extends @Nullable Object> CompletableFuture<T> callAsyncWithAttempt(
            ThrowingFunction<? super Attempt, ? extends CompletionStage<? extends T>, ?> task) {
        Objects.requireNonNull(task, "task");
        if (policy.budget != null) {
            policy.budget.requested();
        }
        RetryDecisions decisions = new RetryDecisions(this, startNanos(), RetryTrace.Mark.now());
        return new AsyncRun<T, T>(decisions, task, new ValueEnding<>(decisions)).start();
    }

    /**
     * Runs a task as {@link #callAsync} does, and gives its result or failure with the number of attempts, the time and
     * the reason, as {@link #attempt} does.
     *
     * {@snippet file="dev/weir/retry/RetrySnippets.java" region="attemptAsync"}
     *
     * @param task gives the stage of an attempt; it should not block
     * @param <T> the type of its result
     * @return the future of the run, which may be cancelled; what that of {@link #callAsync} would fail with, is a
     *     {@link RetryResult.Failed}
     */
    public <T extends @Nullable Object> CompletableFuture<RetryResult<T>> attemptAsync(
            ThrowingSupplier<? extends CompletionStage<? extends T>, ?> task) {
        Objects.requireNonNull(task, "task");
        if (policy.budget != null) {
            policy.budget.requested();
        }
        long start = time.nanoTime();
        RetryDecisions decisions = new RetryDecisions(this, start, RetryTrace.Mark.now());
        return new AsyncRun<T, RetryResult<T>>(decisions, attempt -> task.get(), new ReportEnding<>(decisions, start))
                .start();
    }

    /**
     * A function that retries the given one. Decorators nest: {@code retry.decorate(limiter.decorate(api::lookup))}
     * takes a permit for every attempt.
     *
     * @param function the function
     * @param <A> the type of its argument
     * @param <T> the type of its result
     * @param <X> the type of its checked exception
     * @return the retrying function, as thread-safe as the given one
     */
    public <A extends @Nullable Object, T extends @Nullable Object, X extends Throwable>
            ThrowingFunction<A, T, X> decorate(ThrowingFunction<? super A, ? extends T, X> function) {
        Objects.requireNonNull(function, "function");
        return argument -> Retry.<A, T, X>apply(this, function, argument);
    }

    /**
     * A supplier that retries the given one.
     *
     * @param supplier the supplier
     * @param <T> the type of its result
     * @param <X> the type of its checked exception
     * @return the retrying supplier, as thread-safe as the given one
     */
    public <T extends @Nullable Object, X extends Throwable> ThrowingSupplier<T, X> decorateSupplier(
            ThrowingSupplier<? extends T, X> supplier) {
        Objects.requireNonNull(supplier, "supplier");
        return () -> this.<T, X>call(supplier);
    }

    /**
     * A callable that retries the given one, for executors and other code of the JDK.
     *
     * @param callable the callable
     * @param <T> the type of its result
     * @return the retrying callable, as thread-safe as the given one
     */
    public <T extends @Nullable Object> Callable<T> decorateCallable(Callable<? extends T> callable) {
        Objects.requireNonNull(callable, "callable");
        return () -> this.<T, Exception>call(callable::call);
    }

    /** The way of a first attempt that succeeds: it makes no object, so function and argument come apart. */
    private static <A extends @Nullable Object, T extends @Nullable Object, X extends Throwable> T apply(
            Retry retry, ThrowingFunction<? super A, ? extends T, X> function, A argument)
            throws X, InterruptedException {
        RetryPolicy policy = retry.policy;
        retry.begin();
        long start = retry.startNanos();
        long mark = RetryTrace.Mark.now();
        if (policy.limitsAttempts()) {
            return new BlockingRun<T, X>(new RetryDecisions(retry, start, mark), attempt -> function.apply(argument))
                    .start();
        }
        T result;
        try {
            result = function.apply(argument);
        } catch (Throwable failure) {
            return new BlockingRun<T, X>(new RetryDecisions(retry, start, mark), attempt -> function.apply(argument))
                    .afterFailure(failure);
        }
        if (policy.judgesSuccess) {
            return new BlockingRun<T, X>(new RetryDecisions(retry, start, mark), attempt -> function.apply(argument))
                    .afterResult(result);
        }
        if (policy.budget != null) {
            policy.budget.succeeded();
        }
        retry.counts.succeededAtOnce();
        return result;
    }

    /**
     * The name that this was given, or else {@code retry-} with a number, which is that in the order in which names are
     * first asked for.
     *
     * @return the same name each time, also of a retry with a deadline that was made from this one
     */
    public String name() {
        return name.toString();
    }

    /**
     * What this has done so far, together with the retries with a deadline that were made from it.
     *
     * @return a snapshot of now
     */
    public RetryMetrics metrics() {
        return counts.metrics();
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Retry[orders, RetryPolicy[3 attempts]]}
     */
    @Override
    public String toString() {
        return "Retry[" + name + ", " + policy + (deadline.isNever() ? "" : ", " + deadline) + "]";
    }

    private long startNanos() {
        return policy.maxNanos == RunLimit.UNLIMITED ? 0 : time.nanoTime();
    }

    private Duration since(long start) {
        return Duration.ofNanos(time.nanoTime() - start);
    }

    /** Before the first attempt. */
    private void begin() throws InterruptedException {
        Interrupts.throwIfInterrupted();
        if (policy.budget != null) {
            policy.budget.requested();
        }
    }

    /**
     * Collects what a {@link Retry} runs on.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder {
        private final RetryPolicy policy;
        private TimeSource timeSource = TimeSource.system();
        private Supplier<? extends RandomGenerator> random = ThreadLocalRandom::current;
        private @Nullable String name;

        private Builder(RetryPolicy policy) {
            this.policy = policy;
        }

        /**
         * Sets the clock that measures delays, attempts and the maximum duration.
         *
         * @param timeSource the clock; {@link TimeSource#system()} if this is not called
         * @return this builder
         */
        public Builder timeSource(TimeSource timeSource) {
            this.timeSource = Objects.requireNonNull(timeSource, "timeSource");
            return this;
        }

        /**
         * Sets the name, for logs, meters and thread dumps.
         *
         * @param name the name, which need not be unique; {@code retry-} with a number if this is not called
         * @return this builder
         * @throws IllegalArgumentException if {@code name} is blank
         */
        public Builder name(String name) {
            this.name = Name.checked(name);
            return this;
        }

        /**
         * Sets the source of the backoff's randomness.
         *
         * @param random asked before each delay, in the retrying thread; {@link ThreadLocalRandom#current()} if this is
         *     not called
         * @return this builder
         */
        public Builder random(Supplier<? extends RandomGenerator> random) {
            this.random = Objects.requireNonNull(random, "random");
            return this;
        }

        /**
         * Makes the retry.
         *
         * @return the retry
         */
        public Retry build() {
            return new Retry(this);
        }

        /**
         * Returns a description for logs and debuggers.
         *
         * @return for instance {@code Retry.Builder[RetryPolicy[3 attempts]]}
         */
        @Override
        public String toString() {
            return "Retry.Builder[" + (name == null ? "" : name + ", ") + policy + "]";
        }
    }
}
