/**
 * Structured concurrency: {@link dev.weir.core.scope.TaskScope} for a few tasks of different types,
 * {@link dev.weir.core.scope.Parallel} for two to four of them in one expression, {@link dev.weir.core.scope.Timeouts}
 * and {@link dev.weir.core.scope.TimeLimit} for one task with a time limit.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>a few tasks of different types, and all must succeed</td>
 * <td>{@link dev.weir.core.scope.TaskScope#failFast}</td></tr>
 * <tr><td>the same for two to four tasks, in one expression</td><td>{@link dev.weir.core.scope.Parallel}</td></tr>
 * <tr><td>each one's end, whatever the others do</td><td>{@link dev.weir.core.scope.TaskScope#joinAll}</td></tr>
 * <tr><td>the first to succeed</td><td>{@link dev.weir.core.scope.TaskScope#firstSuccess}</td></tr>
 * <tr><td>a rule of your own</td><td>{@link dev.weir.core.scope.ScopePolicy}</td></tr>
 * <tr><td>one task with a time limit</td>
 * <td>{@link dev.weir.core.scope.Timeouts}, {@link dev.weir.core.scope.TimeLimit}</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/scope.svg" alt="An owner forks tasks into a scope; when one fails, the others are interrupted,
 * and join waits for all">
 *
 * <h2>Memory consistency</h2>
 *
 * What a thread does before {@code fork} happens-before the task; every task happens-before the return of {@code join}
 * and of {@code close}, and before what reads its {@code Subtask}.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index "structured concurrency" TaskScope}, {@index "task group" TaskScope}, {@index nursery TaskScope},
 * {@index timeout Timeouts and TimeLimit}, {@index shield TaskScope.shield: a task that outlives its caller's
 * cancellation}.
 */
@NullMarked
package dev.weir.core.scope;

import org.jspecify.annotations.NullMarked;
