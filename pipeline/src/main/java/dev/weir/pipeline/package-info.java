/**
 * Pipelines of stages between a source and its sinks: {@link dev.weir.pipeline.Pipeline}.
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="pipeline"}
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>elements through steps, each with workers</td><td>{@link dev.weir.pipeline.Pipeline}</td></tr>
 * <tr><td>to go on in several branches</td><td>{@link dev.weir.pipeline.Split}</td></tr>
 * <tr><td>elements with the context of their sender</td><td>{@link dev.weir.pipeline.Carried}</td></tr>
 * <tr><td>to skip or keep what fails</td><td>{@link dev.weir.pipeline.ErrorPolicy}</td></tr>
 * <tr><td>to see what is slow, and to stop</td><td>{@link dev.weir.pipeline.RunningPipeline}</td></tr>
 * <tr><td>a sink that writes all of a batch or nothing</td><td>{@link dev.weir.pipeline.TransactionalSink}</td></tr>
 * <tr><td>one step only</td><td>{@link dev.weir.core.fanout.FanOut} instead</td></tr>
 * <tr><td>threads of your own</td><td>{@link dev.weir.channel.Channel} instead</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/pipeline.svg" alt="Elements go from a source through stages with workers and bounded buffers
 * to a sink, and those that fail to dead letters">
 *
 * <h2>Memory consistency</h2>
 *
 * What starts the pipeline happens-before all that its workers do. What a stage does with an element happens-before
 * what the next one does with the result, and all of it happens-before the return of {@code awaitCompletion},
 * {@code drain} and {@code close}.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index backpressure bounded buffers between stages}, {@index "dead letter" ErrorPolicy}, {@index stage Pipeline},
 * {@index windowing Pipeline.window}, {@index "at least once" Pipeline.acknowledging}, {@index bottleneck
 * RunningPipeline.bottleneck}.
 */
@NullMarked
package dev.weir.pipeline;

import org.jspecify.annotations.NullMarked;
