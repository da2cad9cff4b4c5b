/**
 * Retries and hedges. A {@link dev.weir.retry.RetryPolicy} says which failures and results are tried again, how often,
 * for how long and after which {@link dev.weir.retry.Backoff}; a {@link dev.weir.retry.Retry} runs tasks by it, in the
 * calling thread, with delays that end at once when the thread is interrupted, or without blocking, with a future that
 * can be cancelled at any time. A {@link dev.weir.retry.RetryBudget} limits the retries of all calls to a service
 * together, and a {@link dev.weir.retry.Hedge} makes another attempt while one takes long.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="call"}
 */
@NullMarked
package dev.weir.retry;

import org.jspecify.annotations.NullMarked;
