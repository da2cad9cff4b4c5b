/**
 * What goes with a task to the thread that runs it: {@link dev.weir.core.context.ContextCarrier} captures a part of the
 * submitter's context and installs it around the task.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>the MDC of SLF4J in tasks</td>
 * <td>{@link dev.weir.core.context.ContextCarrier#mdc()}; parts of Weir carry it by default</td></tr>
 * <tr><td>a tenant or another thread-local in tasks</td>
 * <td>{@link dev.weir.core.context.ContextCarrier#of}</td></tr>
 * <tr><td>a span of OpenTelemetry, an observation of Micrometer in tasks</td>
 * <td>{@code OpenTelemetryCarrier} of weir-opentelemetry, {@code SnapshotCarrier} of weir-micrometer</td></tr>
 * <tr><td>something else, such as a security context</td>
 * <td>a {@link dev.weir.core.context.ContextCarrier} of your own</td></tr>
 * <tr><td>a scoped value in tasks</td>
 * <td>a carrier that captures a {@link dev.weir.core.context.ContextCarrier.Surrounding}</td></tr>
 * <tr><td>all of them in all parts</td>
 * <td>{@link dev.weir.core.context.ContextCarrier#setDefaults}, once</td></tr>
 * <tr><td>others in one part</td><td>{@code context(a, b)} of its builder</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/context.svg" alt="The submitter calls capture, the worker install before the task and restore
 * after it">
 *
 * <h2>Memory consistency</h2>
 *
 * What a thread does before {@code capture} happens-before {@code install}, and that happens-before the task and
 * {@code restore}.
 *
 * <h2>In other words</h2>
 *
 * {@index "context propagation" ContextCarrier}, {@index MDC the logging context of a task}, {@index "thread-local
 * state" carried by a ContextCarrier}.
 */
@NullMarked
package dev.weir.core.context;

import org.jspecify.annotations.NullMarked;
