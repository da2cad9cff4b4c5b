package dev.weir.retry;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The run gives a report of how it ended, as {@link Retry#attemptAsync}.
 *
 * @param <T> the type of the task's results
 */
final class ReportEnding<T extends @Nullable Object> implements AsyncRun.Ending<T, RetryResult<T>> {
    private final RetryDecisions decisions;
    private final long startNanos;

    ReportEnding(RetryDecisions decisions, long startNanos) {
        this.decisions = decisions;
        this.startNanos = startNanos;
    }

    @Override
    public void succeeded(RunFuture<RetryResult<T>> result, T value) {
        report(result, elapsed -> new RetryResult.Success<>(value, decisions.number(), elapsed));
    }

    @Override
    public void rejected(RunFuture<RetryResult<T>> result, T value) {
        report(result, elapsed -> new RetryResult.Rejected<>(value, decisions.reason(), decisions.number(), elapsed));
    }

    @Override
    public void failed(RunFuture<RetryResult<T>> result, Throwable failure) {
        report(result, elapsed -> new RetryResult.Failed<>(failure, decisions.reason(), decisions.number(), elapsed));
    }

    private interface Report<T extends @Nullable Object> {
        RetryResult<T> after(Duration elapsed);
    }

    private void report(RunFuture<RetryResult<T>> result, Report<T> report) {
        RetryResult<T> ended;
        try {
            ended = report.after(Duration.ofNanos(decisions.time.nanoTime() - startNanos));
        } catch (Throwable broken) { // a clock that fails: the future completes all the same
            result.completeExceptionally(broken);
            return;
        }
        result.complete(ended);
    }
}
