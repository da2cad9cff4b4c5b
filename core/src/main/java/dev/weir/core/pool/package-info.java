/**
 * A bounded pool of workers: {@link dev.weir.core.pool.WorkerPool}.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>an executor with a bound on workers and queue</td><td>{@link dev.weir.core.pool.WorkerPool}</td></tr>
 * <tr><td>to choose what a full pool does</td><td>{@link dev.weir.core.pool.Saturation}</td></tr>
 * <tr><td>priority, tenant, name or time limit of a task</td><td>{@link dev.weir.core.pool.TaskOptions}</td></tr>
 * <tr><td>to hear of slow tasks and of a pool that stands still</td>
 * <td>{@link dev.weir.core.pool.WorkerPoolListener}</td></tr>
 * <tr><td>tasks of one key in order</td><td>{@link dev.weir.core.sync.KeyedExecutor} over a pool</td></tr>
 * <tr><td>one function for many items</td><td>{@link dev.weir.core.fanout.FanOut} instead</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/pool.svg" alt="A task goes to an idle worker, else to a new one, else into the queue, else to
 * the saturation policy">
 *
 * <h2>Memory consistency</h2>
 *
 * What happens before a task is submitted happens-before the task; the task happens-before the return of its future's
 * {@code get}, before the stages that depend on it, and before the end of {@code awaitTermination}. There is no order
 * between tasks, whichever worker runs them.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index "thread pool" WorkerPool}, {@index executor WorkerPool}, {@index "rejected execution" Saturation},
 * {@index "work queue"}, {@index "priority queue" WorkerPoolBuilder.priorities}, {@index "fair queueing"
 * WorkerPoolBuilder.fairShares}.
 */
@NullMarked
package dev.weir.core.pool;

import org.jspecify.annotations.NullMarked;
