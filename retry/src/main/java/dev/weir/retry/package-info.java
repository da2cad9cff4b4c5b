/**
 * Trying again. A {@link dev.weir.retry.RetryPolicy} says when and how often, its {@link dev.weir.retry.Backoff} how
 * long to wait in between, and a {@link dev.weir.retry.Retry} does it:
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="overview"}
 */
@NullMarked
package dev.weir.retry;

import org.jspecify.annotations.NullMarked;
