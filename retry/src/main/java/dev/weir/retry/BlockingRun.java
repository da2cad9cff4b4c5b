package dev.weir.retry;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.scope.Timeouts;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One run of a task in the calling thread, which goes round: make an attempt, judge what it gave, wait.
 *
 * @param <T> the type of the result
 * @param <X> the type of the checked exception
 */
final class BlockingRun<T extends @Nullable Object, X extends Throwable> {
    private final RetryDecisions progress;
    private final ThrowingFunction<Attempt, ? extends T, X> task;

    BlockingRun(RetryDecisions progress, ThrowingFunction<Attempt, ? extends T, X> task) {
        this.progress = progress;
        this.task = task;
    }

    /** Makes the first attempt, and the others. */
    T start() throws X, InterruptedException {
        return attemptOn(null, null);
    }

    /** Makes the other attempts, after a first one that threw this. */
    T afterFailure(Throwable failure) throws X, InterruptedException {
        awaitRetry(failure);
        return attemptOn(failure, null);
    }

    /** Judges what a first attempt returned, and makes the other attempts if the policy rejects it. */
    T afterResult(T result) throws X, InterruptedException {
        if (progress.accepts(result, null)) {
            progress.succeeded();
            return result;
        }
        return awaitRetryOfResult() ? attemptOn(null, result) : result;
    }

    /** Makes attempts from the present number on, until one of them is the last. */
    private T attemptOn(@Nullable Throwable firstFailure, @Nullable T firstResult) throws X, InterruptedException {
        @Nullable Throwable failure = firstFailure;
        @Nullable T rejected = firstResult;
        while (true) {
            long limit = limit(failure);
            Attempt attempt = new Attempt(progress, failure, rejected);
            T result;
            try {
                result = limit == Nanos.UNLIMITED ? task.apply(attempt) : limited(attempt, limit);
            } catch (Throwable thrown) {
                if (thrown instanceof InterruptedException) {
                    RetryDecisions.suppress(thrown, failure);
                }
                awaitRetry(thrown);
                failure = thrown;
                rejected = null;
                continue;
            }
            if (progress.accepts(result, failure)) {
                progress.succeeded();
                return result;
            }
            failure = null;
            if (!awaitRetryOfResult()) {
                return result;
            }
            rejected = result;
        }
    }

    private long limit(@Nullable Throwable previous) {
        try {
            return progress.attemptNanos();
        } catch (Throwable broken) {
            progress.giveBack();
            progress.brokenBy(broken, previous);
            throw broken;
        }
    }

    /** Makes the attempt on a thread of its own, whose end is awaited. */
    private T limited(Attempt attempt, long limitNanos) throws X, InterruptedException {
        Made<T, X> made = new Made<>();
        try {
            // What the attempt throws comes back as a value, so a timeout that is thrown is ours and not the task's.
            Timeouts.call(Duration.ofNanos(limitNanos), progress.time, () -> made.by(task, attempt));
        } catch (TimeoutException timeout) {
            AttemptTimeoutException late = new AttemptTimeoutException(timeout);
            RetryDecisions.suppress(late, made.failure);
            throw late;
        } catch (InterruptedException interrupt) {
            if (!(made.failure instanceof InterruptedException)) {
                RetryDecisions.suppress(interrupt, made.failure);
            }
            throw interrupt;
        }
        return made.get();
    }

    /** Returns when the next attempt may start, or throws the failure because none may. */
    private void awaitRetry(Throwable failure) throws X, InterruptedException {
        long delay = progress.afterFailure(failure);
        if (delay == RetryDecisions.STOP || !slept(delay, failure)) {
            @SuppressWarnings("unchecked") // the task threw it, so it is an X, an interrupt, or unchecked
            X same = (X) failure;
            throw same;
        }
    }

    /** Whether, after a rejected result, the next attempt may start. */
    private boolean awaitRetryOfResult() throws InterruptedException {
        long delay = progress.afterRejection();
        return delay != RetryDecisions.STOP && slept(delay, null);
    }

    private boolean slept(long delay, @Nullable Throwable failure) throws InterruptedException {
        try {
            progress.time.sleepNanos(delay);
        } catch (InterruptedException interrupt) {
            progress.interrupted(interrupt, failure);
            throw interrupt;
        } catch (Throwable broken) { // a clock that fails
            progress.giveBack();
            progress.brokenBy(broken, failure);
            throw broken;
        }
        return progress.next(failure);
    }

    /** What came out of an attempt. */
    private static final class Made<T extends @Nullable Object, X extends Throwable> {
        private @Nullable T result;

        @Nullable
        Throwable failure;

        @Nullable
        Void by(ThrowingFunction<Attempt, ? extends T, X> task, Attempt attempt) {
            try {
                result = task.apply(attempt);
            } catch (Throwable thrown) {
                failure = thrown;
            }
            return null;
        }

        @SuppressWarnings({"unchecked", "NullAway"}) // as for every attempt; and without a failure it is the result
        T get() throws X {
            if (failure != null) {
                throw (X) failure;
            }
            return result;
        }
    }
}
