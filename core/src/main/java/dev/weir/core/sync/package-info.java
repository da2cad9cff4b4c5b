/**
 * Synchronizers that the JDK lacks: {@link dev.weir.core.sync.AdaptiveLimit}, which finds how many calls a service
 * bears at once; {@link dev.weir.core.sync.Gate}, which opens and closes; {@link dev.weir.core.sync.KeyedExecutor},
 * serial order per key over any executor; {@link dev.weir.core.sync.KeyedLock}, a lock per key;
 * {@link dev.weir.core.sync.KeyedSemaphore}, a limit of concurrency per key; {@link dev.weir.core.sync.OrderedLocks},
 * several locks taken without deadlock; {@link dev.weir.core.sync.ResizableSemaphore}, whose number of permits changes
 * under load.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>to let threads pass, and stop them, again and again</td><td>{@link dev.weir.core.sync.Gate}</td></tr>
 * <tr><td>one thread at a time for each key</td><td>{@link dev.weir.core.sync.KeyedLock}</td></tr>
 * <tr><td>n calls at a time for each key</td><td>{@link dev.weir.core.sync.KeyedSemaphore}</td></tr>
 * <tr><td>tasks of a key in order</td><td>{@link dev.weir.core.sync.KeyedExecutor}</td></tr>
 * <tr><td>several locks without deadlock</td><td>{@link dev.weir.core.sync.OrderedLocks}</td></tr>
 * <tr><td>n calls at a time, and n changes</td><td>{@link dev.weir.core.sync.ResizableSemaphore}</td></tr>
 * <tr><td>as many calls at a time as the service bears</td><td>{@link dev.weir.core.sync.AdaptiveLimit}</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/sync.svg" alt="By what is shared: a moment is a Gate, a thing of many a KeyedLock, several
 * things OrderedLocks, places a ResizableSemaphore, an unknown capacity an AdaptiveLimit">
 *
 * <h2>Memory consistency</h2>
 *
 * What a thread does before it opens, pulses, unlocks, releases or settles happens-before what another does after it
 * passed, locked or acquired by that. What is done before a task is submitted to a {@code KeyedExecutor} happens-before
 * the task, and a task before the next one of its key.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index bulkhead ResizableSemaphore, or AdaptiveLimit}, {@index event Gate}, {@index "resettable latch" Gate},
 * {@index "lock per key" KeyedLock}, {@index "striped lock" KeyedLock}, {@index deadlock OrderedLocks},
 * {@index "concurrency limit" AdaptiveLimit}, {@index actor KeyedExecutor}.
 */
@NullMarked
package dev.weir.core.sync;

import org.jspecify.annotations.NullMarked;
