/**
 * Retries and hedges. A {@link dev.weir.retry.RetryPolicy} says which failures and results are tried again, how often,
 * for how long and after which {@link dev.weir.retry.Backoff}; a {@link dev.weir.retry.Retry} runs tasks by it, in the
 * calling thread, with delays that end at once when the thread is interrupted, or without blocking, with a future that
 * can be cancelled at any time. A {@link dev.weir.retry.RetryBudget} limits the retries of all calls to a service
 * together, and a {@link dev.weir.retry.Hedge} makes another attempt while one takes long.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="call"}
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>to repeat a call that fails</td>
 * <td>{@link dev.weir.retry.Retry} with a {@link dev.weir.retry.RetryPolicy}</td></tr>
 * <tr><td>to choose the delays</td><td>{@link dev.weir.retry.Backoff}</td></tr>
 * <tr><td>to wait as long as a server asks</td>
 * <td>{@link dev.weir.retry.RetryAfter} with
 * {@link dev.weir.retry.RetryPolicyBuilder#delayFrom(java.util.function.Function) delayFrom}</td></tr>
 * <tr><td>requests of {@code java.net.http}</td><td>{@link dev.weir.retry.HttpRetries}</td></tr>
 * <tr><td>retries that do not make an outage worse</td><td>{@link dev.weir.retry.RetryBudget}</td></tr>
 * <tr><td>to cut off slow answers</td><td>{@link dev.weir.retry.Hedge}</td></tr>
 * <tr><td>to see how a run ended, without exceptions</td><td>{@link dev.weir.retry.RetryResult}</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/retry.svg" alt="An attempt that fails is retried if the policy, the attempts, the time and the
 * budget allow it, after a delay">
 *
 * <h2>Memory consistency</h2>
 *
 * What one attempt does happens-before the next, whichever threads run them, and all of them happen-before the return
 * of the call, or the completion of its future. Runs have no order among themselves: a budget orders nothing.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index Retry-After RetryAfter and delayFrom}, {@index backoff Backoff}, {@index "exponential backoff"
 * Backoff.exponential}, {@index jitter Backoff.withFullJitter}, {@index "retry budget" RetryBudget}, {@index "retry
 * storm" RetryBudget}, {@index "hedged request" Hedge}, {@index "tail latency" Hedge}, {@index "circuit breaker" not in
 * Weir: a RetryBudget and an AdaptiveLimit do its work}, {@index idempotency HttpRetries}.
 */
@NullMarked
package dev.weir.retry;

import org.jspecify.annotations.NullMarked;
