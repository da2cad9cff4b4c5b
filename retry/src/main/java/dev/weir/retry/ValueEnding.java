package dev.weir.retry;

import org.jspecify.annotations.Nullable;

/**
 * The run gives the last attempt's result or failure, as {@link Retry#callAsync}.
 *
 * @param <T> the type of the result
 */
final class ValueEnding<T extends @Nullable Object> implements AsyncRun.Ending<T, T> {
    private final RetryDecisions decisions;

    ValueEnding(RetryDecisions decisions) {
        this.decisions = decisions;
    }

    @Override
    public void succeeded(RunFuture<T> result, T value) {
        result.complete(value);
    }

    @Override
    public void rejected(RunFuture<T> result, T value) {
        @Nullable Throwable failure = decisions.failureOfRejection(value);
        if (failure == null) {
            result.complete(value);
        } else {
            result.completeExceptionally(failure);
        }
    }

    @Override
    public void failed(RunFuture<T> result, Throwable failure) {
        result.completeExceptionally(failure);
    }
}
