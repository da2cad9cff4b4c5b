/**
 * Single calls gathered into bulk calls: {@link dev.weir.batch.Batcher} gives each caller its own result.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>single calls gathered into bulk calls</td><td>{@link dev.weir.batch.Batcher}</td></tr>
 * <tr><td>bounds, weights, waits</td><td>{@link dev.weir.batch.BatcherBuilder}</td></tr>
 * <tr><td>batches of a stream of elements</td>
 * <td>{@code batch} of {@link dev.weir.pipeline.Pipeline} instead</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/batch.svg" alt="Calls wait in a line until a bulk call takes them, and each gets its own
 * result">
 *
 * <h2>Memory consistency</h2>
 *
 * What a thread does before it hands in an item happens-before the bulk call, and the bulk call happens-before the
 * return of the item's result.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index "request coalescing" Batcher}, {@index dataloader Batcher}, {@index "bulk request" Batcher}.
 */
@NullMarked
package dev.weir.batch;

import org.jspecify.annotations.NullMarked;
