package dev.weir.retry;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.Undelivered;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes another attempt while the first one takes long, and returns what comes first: against the few slow answers of a
 * service that is mostly quick. For tasks that may be done twice. After Dean and Barroso, <i>The Tail at Scale</i>.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="hedge"}
 *
 * <p><b>Outcome.</b> The first attempt that succeeds is the winner; the others are interrupted and waited for. So when
 * a call has returned or thrown, none of its attempts runs, and one that ignores its interrupt makes the call late. An
 * attempt that fails starts no other one, which is what {@link Retry} is for: the call waits for the attempts that run,
 * and if all fail, throws the first failure, with the others suppressed. An {@link Error}, an
 * {@link InterruptedException} or a {@link java.util.concurrent.CancellationException} of an attempt ends the call at
 * once.
 *
 * <p><b>Threads.</b> The attempts run on threads of their own, so their interrupts cannot reach the caller: virtual
 * ones if the caller is virtual, else daemon platform threads, which do not wait for a free carrier. They have what is
 * {@linkplain Builder#context carried} from the caller, and may fork into the {@link dev.weir.core.scope.TaskScope}
 * that the caller is in, but have none of its other thread-locals and locks. If the caller is interrupted before or
 * during the call, the attempts are, too, and {@link InterruptedException} is thrown once they have ended; if there is
 * a winner already, it is returned, and the interrupt status is set.
 *
 * <p><b>Cost.</b> A call starts a thread and waits for it, some ten microseconds: in the caller's own thread, the
 * interrupt that stops a loser could not be distinguished from somebody's interrupt of the caller, and one would get
 * lost. {@link #callAsync} needs no thread for an attempt.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@code call} and {@code callIn} wait until no
 * attempt runs; {@link #callAsync} blocks nobody. <b>Interruption.</b> As said above: it ends the attempts, and then
 * the call. <b>Fairness.</b> None is needed. <b>Memory effects.</b> What the caller does before the call happens-before
 * the attempts, and they happen-before its return.
 */
public final class Hedge {
    final HedgeDelay delay;
    final int maxAttempts;
    final TimeSource time;
    final HedgeReport report;
    final Contexts contexts;
    private final Name name;
    final @Nullable RetryScope scope;
    private final @Nullable RetryBudget budget;

    private Hedge(Builder builder) {
        time = builder.timeSource;
        delay = builder.fraction == 0
                ? HedgeDelay.fixed(builder.delayNanos)
                : HedgeDelay.measured(builder.fraction, builder.delayNanos, time.resolution());
        maxAttempts = builder.maxAttempts;
        budget = builder.budget;
        contexts = builder.contexts;
        name = Name.of("hedge", builder.name);
        report = new HedgeReport(name, builder.listener, builder.undelivered);
        scope = null;
    }

    private Hedge(Hedge from, RetryScope scope) {
        this.delay = from.delay;
        this.maxAttempts = from.maxAttempts;
        this.time = from.time;
        this.report = from.report;
        this.contexts = from.contexts;
        this.budget = from.budget;
        this.name = from.name;
        this.scope = scope;
    }

    /**
     * Returns this hedge bound to a scope: from its shutdown on, no further attempts are made. The measured delay and
     * the metrics are those of this hedge. A hedge that is bound to none and used in an attempt of a {@link Retry} is
     * bound to the scope of that.
     *
     * @param scope the scope, which replaces an earlier one
     * @return the hedge within this scope
     */
    public Hedge within(RetryScope scope) {
        return new Hedge(this, Objects.requireNonNull(scope, "scope"));
    }

    /**
     * Begins a hedge that makes another attempt when the one before has taken longer than a delay.
     *
     * @param delay the delay; zero makes all attempts at once
     * @return a builder of a hedge with two attempts at most and without a budget
     * @throws IllegalArgumentException if the delay is negative
     */
    public static Builder after(Duration delay) {
        return new Builder(0, Checks.notNegative(delay, "delay"));
    }

    /**
     * Begins a hedge that makes another attempt when the one before has taken longer than most calls do. It measures
     * how long the first attempts of the last 256 calls that succeeded took, and computes the percentile after every
     * 32; it is never less than the {@linkplain TimeSource#resolution() resolution} of the clock.
     *
     * @param percentile which percentile, above 0 and below 100; at 95, about one call in twenty makes another attempt
     * @param initialDelay zero or more: the delay until the first 32 calls have been measured
     * @return a builder of a hedge with two attempts at most and without a budget
     * @throws IllegalArgumentException if the percentile is not between 0 and 100, or if the delay is negative
     */
    public static Builder atPercentile(double percentile, Duration initialDelay) {
        if (!(percentile > 0 && percentile < 100)) {
            throw new IllegalArgumentException("percentile must be above 0 and below 100, but is " + percentile);
        }
        return new Builder(percentile / 100, Checks.notNegative(initialDelay, "initialDelay"));
    }

    /**
     * Runs a task, more than once if it takes long. With a budget, the call adds to it what a call and a success add.
     *
     * @param task the task, which several threads may run at once
     * @param <T> the type of its result
     * @param <X> the type of its checked exception
     * @return what the winner returned
     * @throws X if all attempts failed: the first failure
     * @throws InterruptedException if the calling thread is interrupted before or during the call, or an attempt throws
     *     it
     */
    public <T extends @Nullable Object, X extends Throwable> T call(ThrowingSupplier<? extends T, X> task)
            throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        Interrupts.throwIfInterrupted();
        if (budget != null) {
            budget.requested();
        }
        report.called();
        T result = HedgeRun.<T, X>hedged(this, budget, scope, RunLimit.UNLIMITED, task)
                .join();
        if (budget != null) {
            budget.succeeded();
        }
        return result;
    }

    /**
     * Runs a task as, or within, an attempt of a {@link Retry}, under its limits: hedges are paid from the policy's
     * budget if this hedge has none of its own, and all ends at the policy's maximum duration.
     *
     * {@snippet file="dev/weir/retry/RetrySnippets.java" region="hedgedRetry"}
     *
     * @param attempt the attempt, from {@link Retry#callWithAttempt}
     * @param task the task, which several threads may run at once
     * @param <T> the type of its result
     * @param <X> the type of its checked exception
     * @return what the winner returned
     * @throws X if all attempts failed: the first failure
     * @throws InterruptedException if the calling thread is interrupted before or during the call, or an attempt throws
     *     it
     * @throws AttemptTimeoutException if the policy's maximum duration is over
     */
    public <T extends @Nullable Object, X extends Throwable> T callIn(
            Attempt attempt, ThrowingSupplier<? extends T, X> task) throws X, InterruptedException {
        Objects.requireNonNull(attempt, "attempt");
        Objects.requireNonNull(task, "task");
        RetryBudget shared = budget != null ? budget : attempt.policy.budget;
        Interrupts.throwIfInterrupted();
        report.called();
        return HedgeRun.<T, X>hedged(this, shared, scopeIn(attempt), attempt.remainingNanos(), task)
                .join();
    }

    /**
     * Runs a task that gives its result later, more than once if it takes long, without blocking: the first attempt
     * starts in the calling thread, another one the delay after the one before has given its stage, on a daemon
     * platform thread of Weir's and with what is {@linkplain Builder#context carried} from the caller. An attempt whose
     * result is at hand costs no timer. With a {@code TimeSource} of your own, the further attempts start in the thread
     * where it runs what is scheduled.
     *
     * {@snippet file="dev/weir/retry/RetrySnippets.java" region="hedgeAsync"}
     *
     * <p>The outcomes are those of {@link #call}. When the future that this returns is completed in any way, for
     * instance by {@code cancel}, no further attempt starts, and the stages of those that run are cancelled as
     * {@link CompletionStage#toCompletableFuture futures}, before dependents of the future run. They are not waited
     * for: what they give is dropped, and an {@link Error} is logged. With a budget, the call adds to it what a call
     * and a success add.
     *
     * @param task gives the stage of an attempt; it should not block
     * @param <T> the type of its result
     * @return the future of the call, which may be cancelled
     */
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            ThrowingSupplier<? extends CompletionStage<? extends T>, ?> task) {
        Objects.requireNonNull(task, "task");
        report.called();
        return new HedgeStages<T>(this, budget, scope, true, task).start(RunLimit.UNLIMITED);
    }

    /**
     * Does as {@link #callAsync} does as, or within, an attempt of a {@link Retry}, under its limits as {@link #callIn}
     * is.
     *
     * @param attempt the attempt, from {@link Retry#callAsyncWithAttempt}
     * @param task gives the stage of an attempt; it should not block
     * @param <T> the type of its result
     * @return the future of the call, which may be cancelled, and fails with an {@link AttemptTimeoutException} when
     *     the policy's maximum duration is over
     */
    public <T extends @Nullable Object> CompletableFuture<T> callAsyncIn(
            Attempt attempt, ThrowingSupplier<? extends CompletionStage<? extends T>, ?> task) {
        Objects.requireNonNull(attempt, "attempt");
        Objects.requireNonNull(task, "task");
        RetryBudget shared = budget != null ? budget : attempt.policy.budget;
        report.called();
        return new HedgeStages<T>(this, shared, scopeIn(attempt), false, task).start(attempt.remainingNanos());
    }

    private @Nullable RetryScope scopeIn(Attempt attempt) {
        return scope != null ? scope : attempt.scope;
    }

    /**
     * A function that hedges the given one.
     *
     * @param function the function
     * @param <A> the type of its argument
     * @param <T> the type of its result
     * @param <X> the type of its checked exception
     * @return the hedging function, as thread-safe as the given one
     */
    public <A extends @Nullable Object, T extends @Nullable Object, X extends Throwable>
            ThrowingFunction<A, T, X> decorate(ThrowingFunction<? super A, ? extends T, X> function) {
        Objects.requireNonNull(function, "function");
        return argument -> this.<T, X>call(() -> function.apply(argument));
    }

    /**
     * The name that this was given, or else {@code hedge-} with a number, which is that in the order in which names are
     * first asked for.
     *
     * @return the same name each time
     */
    public String name() {
        return name.toString();
    }

    /**
     * How many calls there were so far, how many hedges, and how many of these gave the result of their call.
     *
     * @return a snapshot of now
     */
    public HedgeMetrics metrics() {
        return report.metrics();
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Hedge[hedge-1, after PT0.05S, 2 attempts]}
     */
    @Override
    public String toString() {
        return "Hedge[" + name + ", " + settings(delay.percentile(), delay.nanos(), maxAttempts) + "]";
    }

    private static String settings(double fraction, long delayNanos, int maxAttempts) {
        return (fraction == 0 ? "" : "at percentile " + fraction * 100 + ", now ") + "after "
                + Duration.ofNanos(delayNanos) + ", " + maxAttempts + " attempts";
    }

    /**
     * Collects what a {@link Hedge} is. Each method returns the builder.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder {
        private final double fraction;
        private final long delayNanos;
        private int maxAttempts = 2;
        private Contexts contexts = Contexts.byDefault();
        private TimeSource timeSource = TimeSource.system();
        private @Nullable RetryBudget budget;
        private @Nullable HedgeListener listener;
        private @Nullable Undelivered<?> undelivered;
        private @Nullable String name;

        private Builder(double fraction, Duration delay) {
            this.fraction = fraction;
            this.delayNanos = Checks.saturatedNanos(delay);
        }

        /**
         * Sets the maximum number of attempts, the first one included, each the delay after the one before.
         *
         * @param maxAttempts the number; 2 if this is not called, 1 never hedges
         * @return this builder
         * @throws IllegalArgumentException if the number is below 1
         */
        public Builder maxAttempts(int maxAttempts) {
            this.maxAttempts = Checks.positive(maxAttempts, "maxAttempts");
            return this;
        }

        /**
         * Sets the name, for logs, meters and thread dumps.
         *
         * @param name the name, which need not be unique; {@code hedge-} with a number if this is not called
         * @return this builder
         * @throws IllegalArgumentException if {@code name} is blank
         */
        public Builder name(String name) {
            this.name = Name.checked(name);
            return this;
        }

        /**
         * Sets the budget that pays for further attempts. If it has too little, there is none; attempts that run go on.
         *
         * @param budget the budget, which policies and other hedges may share
         * @return this builder
         */
        public Builder budget(RetryBudget budget) {
            this.budget = Objects.requireNonNull(budget, "budget");
            return this;
        }

        /**
         * Sets the clock that measures the delay.
         *
         * @param timeSource the clock; {@link TimeSource#system()} if this is not called
         * @return this builder
         */
        public Builder timeSource(TimeSource timeSource) {
            this.timeSource = Objects.requireNonNull(timeSource, "timeSource");
            return this;
        }

        /**
         * Sets the listener that is notified of attempts besides the first ones.
         *
         * @param listener the listener, in place of the one set before
         * @return this builder
         */
        public Builder listener(HedgeListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * What is carried from the caller to the attempts, the listener, and what releases a result, in place of
         * {@link ContextCarrier#defaults()}.
         *
         * @param carriers what carries it, installed in this order; none carries nothing
         * @return this builder
         */
        public Builder context(ContextCarrier... carriers) {
            this.contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
            return this;
        }

        /**
         * Sets what is done with a result that nobody takes, for results that must be closed: what an attempt returned
         * that was not the first, or of a call that throws or was cancelled.
         *
         * {@snippet file="dev/weir/retry/RetrySnippets.java" region="undelivered"}
         *
         * <p>A stage is cancelled when another one has won, and a {@link CompletableFuture} that is cancelled drops the
         * result that comes later itself: give a stage that releases its own.
         *
         * @param type the type of the results that are released; others are dropped
         * @param callback releases a result, once; called by the calling thread when no attempt runs any more, or by
         *     the thread that completes a stage, with what is {@linkplain #context carried} from the caller. What it
         *     throws is logged at ERROR
         * @param <R> the type of the results that are released
         * @return this builder
         * @throws IllegalArgumentException if {@code type} is primitive
         */
        public <R> Builder onUndelivered(Class<R> type, Consumer<? super R> callback) {
            this.undelivered = new Undelivered<>(type, callback);
            return this;
        }

        /**
         * Makes the hedge.
         *
         * @return the hedge
         */
        public Hedge build() {
            return new Hedge(this);
        }

        /**
         * Returns a description for logs and debuggers.
         *
         * @return for instance {@code Hedge.Builder[after PT0.05S, 2 attempts]}
         */
        @Override
        public String toString() {
            return "Hedge.Builder[" + (name == null ? "" : name + ", ") + settings(fraction, delayNanos, maxAttempts)
                    + "]";
        }
    }
}
