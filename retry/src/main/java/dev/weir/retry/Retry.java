package dev.weir.retry;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task, and runs it again as a {@link RetryPolicy} says when it fails. In the calling thread, which sleeps
 * between attempts.
 *
 * <p>When there is no further attempt, the very exception of the last one is thrown, of the task's own checked type and
 * never wrapped. If it was not the first, what went before is attached to it as one suppressed exception, which has no
 * stack and is bounded in size; an exception that carries one already gets no second.
 *
 * <p><b>Thread-safety.</b> A retry holds no state between calls and may be shared. <b>Interruption.</b> An interrupt
 * during a wait throws {@link InterruptedException} with the failure that was to be retried suppressed; one that the
 * task itself throws is never retried. <b>Cost.</b> A first attempt that succeeds allocates nothing, and reads the clock
 * only if the policy has a {@code maxDuration}.
 */
public final class Retry {
    private final RetryPolicy policy;
    private final TimeSource time;
    private final Supplier<? extends RandomGenerator> random;

    private Retry(RetryPolicy policy, TimeSource time, Supplier<? extends RandomGenerator> random) {
        this.policy = Objects.requireNonNull(policy, "policy");
        this.time = Objects.requireNonNull(time, "time");
        this.random = Objects.requireNonNull(random, "random");
    }

    /**
     * A retry on the system's clock.
     *
     * @param policy when and how often
     * @return the retry
     */
    public static Retry of(RetryPolicy policy) {
        return new Retry(policy, TimeSource.system(), ThreadLocalRandom::current);
    }

    /**
     * The same retry on another clock.
     *
     * @param time the clock
     * @return the retry
     */
    public Retry withTimeSource(TimeSource time) {
        return new Retry(policy, time, random);
    }

    /**
     * The same retry with another source of chance for its jitter.
     *
     * @param random asked for a generator before each wait, in the thread that waits
     * @return the retry
     */
    public Retry withRandom(Supplier<? extends RandomGenerator> random) {
        return new Retry(policy, time, random);
    }

    /**
     * Runs a task that returns something.
     *
     * @param task the task
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned: what the policy accepts, or rejects but does not retry any more
     * @throws X if the last attempt failed: what it threw
     * @throws InterruptedException if the thread was interrupted while it waited for the next attempt, or the task threw
     *     it
     */
    public <T extends @Nullable Object, X extends Throwable> T call(ThrowingSupplier<T, X> task)
            throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        long startNanos = policy.maxDurationNanos == Long.MAX_VALUE ? 0 : time.nanoTime();
        RetryRun run = null;
        while (true) {
            T result;
            try {
                result = task.get();
            } catch (Throwable failure) {
                if (run == null) {
                    run = new RetryRun(policy, time, random, startNanos);
                }
                if (run.failed(failure)) {
                    continue;
                }
                throw failure;
            }
            if (run == null) {
                if (!policy.rejects(result)) {
                    return result;
                }
                run = new RetryRun(policy, time, random, startNanos);
            }
            if (!run.returned(result)) {
                return result;
            }
        }
    }

    /**
     * Runs a task that returns nothing.
     *
     * @param task the task
     * @param <X> the type of the checked exception that the task throws
     * @throws X if the last attempt failed: what it threw
     * @throws InterruptedException if the thread was interrupted while it waited for the next attempt, or the task threw
     *     it
     */
    public <X extends Throwable> void run(ThrowingRunnable<X> task) throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        this.<@Nullable Void, X>call(() -> {
            task.run();
            return null;
        });
    }

    /**
     * Runs a task that wants to know which attempt it is.
     *
     * @param task the task
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned
     * @throws X if the last attempt failed: what it threw
     * @throws InterruptedException if the thread was interrupted while it waited for the next attempt, or the task threw
     *     it
     */
    public <T extends @Nullable Object, X extends Throwable> T callWithAttempt(ThrowingFunction<Attempt, T, X> task)
            throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        Deadline deadline = Deadline.after(Duration.ofNanos(policy.maxDurationNanos), time);
        return call(new ThrowingSupplier<T, X>() {
            private int number;
            private @Nullable Throwable previousFailure;

            @Override
            public T get() throws X, InterruptedException {
                number++;
                Attempt attempt = new Attempt(number, policy.maxAttempts, deadline, previousFailure);
                previousFailure = null;
                try {
                    return task.apply(attempt);
                } catch (Throwable failure) {
                    previousFailure = failure;
                    throw failure;
                }
            }
        });
    }

    /**
     * Runs a task and tells how it ended instead of throwing.
     *
     * @param task the task
     * @param <T> the type of the result
     * @return how it ended, after how many attempts and how long
     * @throws InterruptedException if the thread was interrupted while it waited for the next attempt, or the task threw
     *     it
     */
    public <T extends @Nullable Object> RetryResult<T> attempt(ThrowingSupplier<? extends T, ?> task)
            throws InterruptedException {
        Objects.requireNonNull(task, "task");
        long startNanos = time.nanoTime();
        RetryRun run = new RetryRun(policy, time, random, startNanos);
        while (true) {
            T result;
            try {
                result = task.get();
            } catch (InterruptedException | Error failure) {
                run.failed(failure); // tells the listener; never true
                throw failure;
            } catch (Throwable failure) {
                if (run.failed(failure)) {
                    continue;
                }
                return new RetryResult.Failure<>(failure, run.reason(), run.attempts(), elapsedSince(startNanos));
            }
            if (run.returned(result)) {
                continue;
            }
            return run.reasonIfStopped() == null
                    ? new RetryResult.Success<>(result, run.attempts(), elapsedSince(startNanos))
                    : new RetryResult.Rejected<>(result, run.reason(), run.attempts(), elapsedSince(startNanos));
        }
    }

    private Duration elapsedSince(long startNanos) {
        return Duration.ofNanos(time.nanoTime() - startNanos);
    }

    /**
     * A function that does as the given one does, and again as the policy says.
     *
     * @param function what to retry
     * @param <A> the type of its argument
     * @param <R> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return the retried function
     */
    public <A extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
            ThrowingFunction<A, R, X> decorate(ThrowingFunction<A, R, X> function) {
        Objects.requireNonNull(function, "function");
        return argument -> call(() -> function.apply(argument));
    }

    /**
     * A supplier that does as the given one does, and again as the policy says.
     *
     * @param supplier what to retry
     * @param <T> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return the retried supplier
     */
    public <T extends @Nullable Object, X extends Throwable> ThrowingSupplier<T, X> decorateSupplier(
            ThrowingSupplier<T, X> supplier) {
        Objects.requireNonNull(supplier, "supplier");
        return () -> call(supplier);
    }
}
