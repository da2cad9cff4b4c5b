/**
 * Weir with OpenTelemetry: {@link dev.weir.opentelemetry.OpenTelemetryCarrier} carries the current context, and so the
 * span, to the threads that run tasks.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>the current span in tasks, of all parts</td>
 * <td>{@link dev.weir.opentelemetry.OpenTelemetryCarrier#instance()} in
 * {@link dev.weir.core.context.ContextCarrier#setDefaults}</td></tr>
 * <tr><td>the same in one part</td><td>it in {@code context(…)} of the part's builder</td></tr>
 * <tr><td>observations of Micrometer</td><td>weir-micrometer instead</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/opentelemetry.svg" alt="The span that is current in the submitter is current in the task, and
 * the worker has its own context back afterwards">
 *
 * <h2>Memory consistency</h2>
 *
 * As of every {@link dev.weir.core.context.ContextCarrier}: what a thread does before it hands work in happens-before
 * the work.
 *
 * <h2>In other words</h2>
 *
 * {@index "trace propagation" OpenTelemetryCarrier}, {@index "distributed tracing" OpenTelemetryCarrier}.
 */
@NullMarked
package dev.weir.opentelemetry;

import org.jspecify.annotations.NullMarked;
