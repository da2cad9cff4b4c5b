/**
 * Retry. A {@link dev.weir.retry.RetryPolicy} says which failures and results are tried again, how often, for how long
 * and after which {@link dev.weir.retry.Backoff}; a {@link dev.weir.retry.Retry} runs tasks by it, in the calling
 * thread, with delays that end at once when the thread is interrupted.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="call"}
 */
@NullMarked
package dev.weir.retry;

import org.jspecify.annotations.NullMarked;
