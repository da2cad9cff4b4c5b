/**
 * Time as a dependency: {@link dev.weir.core.time.TimeSource} is the clock, the sleep and the timer of everything in
 * Weir, and {@link dev.weir.core.time.ManualTimeSource} is the one that a test advances by hand.
 *
 * <table class="striped">
 * <caption>Which clock</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>the clock of production</td><td>{@link dev.weir.core.time.TimeSource#system()}</td></tr>
 * <tr><td>a clock that is read for a nanosecond, half a millisecond late</td>
 * <td>{@link dev.weir.core.time.TimeSource#coarse()}</td></tr>
 * <tr><td>a test in which nothing waits</td><td>{@link dev.weir.core.time.ManualTimeSource}</td></tr>
 * <tr><td>a test of one thread that needs no advance</td>
 * <td>{@link dev.weir.core.time.ManualTimeSource#autoAdvancing()}</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/time.svg" alt="Limiters, retries, pools and channels wait on a TimeSource, which is the
 * system's, a coarse one, or one that a test moves">
 *
 * <h2>Memory consistency</h2>
 *
 * What a thread does before {@code schedule} happens-before the scheduled task. What the advancing thread does before
 * {@code advance} happens-before what it releases, and what that does until it rests happens-before the return. To read
 * a clock orders nothing.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index "virtual time" ManualTimeSource}, {@index "fake clock" ManualTimeSource}, {@index "test without sleep"
 * ManualTimeSource}.
 */
@NullMarked
package dev.weir.core.time;

import org.jspecify.annotations.NullMarked;
