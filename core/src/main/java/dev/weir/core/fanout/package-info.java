/**
 * Fanning work out and bringing it back in: {@link dev.weir.core.fanout.FanOut} runs one task for each of many items.
 *
 * <table class="striped">
 * <caption>Which call</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>all results in order, fail fast</td><td>{@link dev.weir.core.fanout.FanOut#map}</td></tr>
 * <tr><td>how each item ended</td><td>{@link dev.weir.core.fanout.FanOut#outcomes}</td></tr>
 * <tr><td>results as they come, of a source without end</td>
 * <td>{@link dev.weir.core.fanout.FanOut#stream(dev.weir.core.ThrowingFunction, dev.weir.core.ThrowingFunction)}</td></tr>
 * <tr><td>the first success, or a number of them</td>
 * <td>{@link dev.weir.core.fanout.FanOut#firstSuccess}, {@link dev.weir.core.fanout.FanOut#quorum}</td></tr>
 * <tr><td>items that add items</td>
 * <td>{@link dev.weir.core.fanout.FanOut#expand(dev.weir.core.fanout.ExpandingAction)}</td></tr>
 * <tr><td>a computation over a range of numbers</td><td>{@link dev.weir.core.fanout.FanOut#overRange}</td></tr>
 * <tr><td>tasks of different types</td><td>{@link dev.weir.core.scope.TaskScope} instead</td></tr>
 * <tr><td>several steps, each with workers of its own</td><td>{@code dev.weir.pipeline.Pipeline} instead</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/fanout.svg" alt="A source gives items to at most n workers, whose results come back in one
 * place">
 *
 * <h2>Memory consistency</h2>
 *
 * What the caller does before the call happens-before every task; reading an item happens-before its task; every task
 * happens-before the return of the call, or before its result is taken from a stream.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index fan-out one task for each of many items}, {@index fan-in}, {@index "scatter and gather" FanOut},
 * {@index "parallel map" FanOut.map}, {@index "as completed" FanOut.stream}, {@index "race" FanOut.firstSuccess},
 * {@index "quorum" FanOut.quorum}.
 */
@NullMarked
package dev.weir.core.fanout;

import org.jspecify.annotations.NullMarked;
