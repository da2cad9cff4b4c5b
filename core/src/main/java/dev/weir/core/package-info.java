/**
 * What every part of Weir shares: {@link dev.weir.core.Outcome} for what became of a task,
 * {@link dev.weir.core.Deadline} for how long there is left, and the functional types that keep a caller's checked
 * exception.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>to hold how a task ended, as a value</td><td>{@link dev.weir.core.Outcome}</td></tr>
 * <tr><td>one time limit over several calls</td><td>{@link dev.weir.core.Deadline}</td></tr>
 * <tr><td>a lambda that throws a checked exception</td>
 * <td>{@link dev.weir.core.ThrowingSupplier} and its like</td></tr>
 * <tr><td>one task with a time limit</td><td>{@link dev.weir.core.scope.Timeouts}</td></tr>
 * <tr><td>one function for many items</td><td>{@link dev.weir.core.fanout.FanOut}</td></tr>
 * <tr><td>a few tasks of different types</td>
 * <td>{@link dev.weir.core.scope.TaskScope}, {@link dev.weir.core.scope.Parallel}</td></tr>
 * <tr><td>a thread pool with bounds</td><td>{@link dev.weir.core.pool.WorkerPool}</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/core.svg" alt="A task ends as Success, Failure or Cancelled, and a switch over its Outcome
 * treats the three">
 *
 * <h2>Memory consistency</h2>
 *
 * Everything here is immutable, so it may be published in any way, also by a data race: all fields are final. What a
 * task does is visible to the thread that reads its {@code Outcome} by the part of Weir that hands it over.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index "time budget" a Deadline}, {@index deadline a point in time that several steps share}, {@index "checked
 * exceptions in lambdas" the Throwing types}.
 */
@NullMarked
package dev.weir.core;

import org.jspecify.annotations.NullMarked;
