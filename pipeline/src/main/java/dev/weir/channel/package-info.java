/**
 * Channels between producers and consumers: {@link dev.weir.channel.Channel} hands elements from thread to thread,
 * {@link dev.weir.channel.Select} waits for the first of several operations.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>elements from thread to thread, with an end</td><td>{@link dev.weir.channel.Channel}</td></tr>
 * <tr><td>the first of several sends and receives</td><td>{@link dev.weir.channel.Select}</td></tr>
 * <tr><td>a channel that drops, or fails, when it is full</td>
 * <td>{@link dev.weir.channel.ChannelBuilder} with {@link dev.weir.channel.WhenFull}</td></tr>
 * <tr><td>a source that calls back</td><td>{@link dev.weir.channel.Inlet}</td></tr>
 * <tr><td>a {@code BlockingQueue} for code of the JDK</td>
 * <td>{@link dev.weir.channel.Channel#asBlockingQueue}</td></tr>
 * <tr><td>stages with workers</td><td>{@code dev.weir.pipeline.Pipeline} instead</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/channel.svg" alt="Producers send into a channel and wait while it is full; consumers receive
 * and wait while it is empty">
 *
 * <h2>Memory consistency</h2>
 *
 * What a thread does before it sends an element happens-before what another does after it received it; what it does
 * before a close, fail or abort happens-before what another does that has seen that.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index "producer and consumer" Channel}, {@index "blocking queue" Channel}, {@index "poison pill" Channel.close
 * instead}, {@index rendezvous Channel.rendezvous}, {@index "select" Select}, {@index "drop oldest" WhenFull}.
 */
@NullMarked
package dev.weir.channel;

import org.jspecify.annotations.NullMarked;
