/**
 * Weir with Micrometer: {@link dev.weir.micrometer.WeirMeters} binds what every part counts to a registry, and
 * {@link dev.weir.micrometer.SnapshotCarrier} carries what context-propagation knows of, such as the current
 * observation, to the threads that run tasks.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>meters of pools, limiters, retries, pipelines and the other parts</td>
 * <td>{@link dev.weir.micrometer.WeirMeters}</td></tr>
 * <tr><td>what the process has registered in tasks, of all parts</td>
 * <td>{@link dev.weir.micrometer.SnapshotCarrier#ofProcess()} in
 * {@link dev.weir.core.context.ContextCarrier#setDefaults}</td></tr>
 * <tr><td>the same in one part</td><td>it in {@code context(…)} of the part's builder</td></tr>
 * <tr><td>what a registry of your own has</td><td>{@link dev.weir.micrometer.SnapshotCarrier#of}</td></tr>
 * <tr><td>OpenTelemetry without Micrometer</td><td>weir-opentelemetry instead</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/micrometer.svg" alt="The observation that is current in the submitter is current in the task,
 * and the worker has its own context back afterwards">
 *
 * <h2>Memory consistency</h2>
 *
 * As of every {@link dev.weir.core.context.ContextCarrier}: what a thread does before it hands work in happens-before
 * the work. Meters have none: they are read while the parts work.
 *
 * <h2>In other words</h2>
 *
 * {@index "observation propagation" SnapshotCarrier}, {@index "context-propagation" SnapshotCarrier},
 * {@index "MeterBinder" WeirMeters}, {@index "Prometheus metrics" WeirMeters}.
 */
@NullMarked
package dev.weir.micrometer;

import org.jspecify.annotations.NullMarked;
