package dev.weir.retry;

import dev.weir.core.ThrowingFunction;
import org.jspecify.annotations.Nullable;

/**
 * One run of a task in the calling thread, which goes round: make an attempt, judge what it gave, wait.
 *
 * @param <T> the type of the result
 * @param <X> the type of the checked exception
 */
final class BlockingRun<T extends @Nullable Object, X extends Throwable> {
    private final RetryDecisions decisions;
    private final ThrowingFunction<Attempt, ? extends T, X> task;

    /** Whether the caller can see for itself that the last result is rejected. */
    private final boolean returnsRejected;

    BlockingRun(RetryDecisions decisions, ThrowingFunction<Attempt, ? extends T, X> task) {
        this(decisions, task, false);
    }

    BlockingRun(RetryDecisions decisions, ThrowingFunction<Attempt, ? extends T, X> task, boolean returnsRejected) {
        this.decisions = decisions;
        this.task = task;
        this.returnsRejected = returnsRejected;
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
        if (decisions.accepts(result, null)) {
            decisions.succeeded();
            return result;
        }
        return awaitRetryOfResult(result) ? attemptOn(null, result) : rejected(result);
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        return "Retry " + decisions.name() + ": the delay before attempt " + (decisions.number() + 1);
    }

    private T rejected(T result) {
        @Nullable Throwable failure = returnsRejected ? null : decisions.failureOfRejection(result);
        if (failure instanceof RuntimeException rejection) {
            throw rejection;
        }
        return result;
    }

    /** Makes attempts from the present number on, until one of them is the last. */
    private T attemptOn(@Nullable Throwable firstFailure, @Nullable T firstResult) throws X, InterruptedException {
        @Nullable Throwable failure = firstFailure;
        @Nullable T rejected = firstResult;
        while (true) {
            long limit = limit(failure);
            Attempt attempt = new Attempt(decisions, failure, rejected);
            T result;
            try {
                result = limit == RunLimit.UNLIMITED ? task.apply(attempt) : limited(attempt, limit);
            } catch (Throwable thrown) {
                if (thrown instanceof InterruptedException) {
                    RetryDecisions.suppress(thrown, failure);
                }
                awaitRetry(thrown);
                failure = thrown;
                rejected = null;
                continue;
            }
            if (decisions.accepts(result, failure)) {
                decisions.succeeded();
                return result;
            }
            failure = null;
            if (!awaitRetryOfResult(result)) {
                return rejected(result);
            }
            rejected = result;
        }
    }

    private long limit(@Nullable Throwable previous) {
        try {
            return decisions.attemptNanos();
        } catch (Throwable broken) {
            decisions.giveBack();
            decisions.brokenBy(broken, previous);
            throw broken;
        }
    }

    /** Makes the attempt on a thread of its own, whose end is awaited. */
    private T limited(Attempt attempt, long limitNanos) throws X, InterruptedException {
        return HedgeRun.<T, X>limited(decisions.time, limitNanos, decisions.policy.contexts, () -> task.apply(attempt))
                .join();
    }

    /** Returns when the next attempt may start, or throws the failure because none may. */
    private void awaitRetry(Throwable failure) throws X, InterruptedException {
        long delay = decisions.afterFailure(failure);
        if (delay == RetryDecisions.STOP || !slept(delay, failure)) {
            @SuppressWarnings("unchecked") // the task threw it, so it is an X, an interrupt, or unchecked
            X same = (X) failure;
            throw same;
        }
    }

    /** Whether, after a rejected result, the next attempt may start. */
    private boolean awaitRetryOfResult(T result) throws InterruptedException {
        long delay = decisions.afterRejection(result);
        return delay != RetryDecisions.STOP && slept(delay, null);
    }

    private void sleep(long delay) throws InterruptedException {
        RetryScope scope = decisions.scope;
        if (scope == null) {
            decisions.time.sleepNanos(this, delay);
        } else {
            scope.sleepNanos(decisions.time, this, delay);
        }
    }

    private boolean slept(long delay, @Nullable Throwable failure) throws InterruptedException {
        try {
            sleep(delay);
        } catch (InterruptedException interrupt) {
            decisions.interrupted(interrupt, failure);
            throw interrupt;
        } catch (Throwable broken) { // a clock that fails
            decisions.giveBack();
            decisions.brokenBy(broken, failure);
            throw broken;
        }
        return decisions.next(failure);
    }
}
