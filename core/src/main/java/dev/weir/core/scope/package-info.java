/**
 * Structured concurrency: {@link dev.weir.core.scope.TaskScope} for a few tasks of different types,
 * {@link dev.weir.core.scope.Parallel} for two to four of them in one expression, {@link dev.weir.core.scope.Timeouts}
 * and {@link dev.weir.core.scope.TimeLimit} for one task with a time limit.
 */
@NullMarked
package dev.weir.core.scope;

import org.jspecify.annotations.NullMarked;
