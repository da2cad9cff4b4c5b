/**
 * One limit over many processes: the permits are kept by a store that all of them share, a
 * {@link dev.weir.ratelimit.remote.RemoteBuckets}, and each process asks it. This package knows no particular store.
 *
 * {@snippet file="dev/weir/ratelimit/remote/RemoteSnippets.java" region="overview"}
 *
 * <p><b>What holds for the fleet</b>, as far as the store keeps its promises: in every window of length t of the
 * store's time, all processes together admit at most {@code burst + rate × t}. It does not hold for what an
 * {@link dev.weir.ratelimit.remote.OutagePolicy} admits while the store is away.
 *
 * <p><b>What holds in this process alone</b>: the order in which requests are served, {@code pauseFor},
 * {@code maxWaiters}, and the metrics. Among processes there is no order, so a large request may be starved by small
 * ones of other processes.
 *
 * <table class="striped">
 * <caption>Which type</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">what to take</th></tr></thead>
 * <tbody>
 * <tr><td>one limit for a fleet</td><td>{@link dev.weir.ratelimit.remote.RemoteRateLimiter}</td></tr>
 * <tr><td>a limit for each customer of a fleet</td>
 * <td>{@link dev.weir.ratelimit.remote.KeyedRemoteRateLimiter}</td></tr>
 * <tr><td>to say what happens while the store is away</td>
 * <td>{@link dev.weir.ratelimit.remote.OutagePolicy}</td></tr>
 * <tr><td>Redis as the store</td><td>the module {@code dev.weir.ratelimit.redis}</td></tr>
 * <tr><td>another store</td><td>an implementation of {@link dev.weir.ratelimit.remote.RemoteBuckets}</td></tr>
 * <tr><td>a limit of this process alone</td><td>{@link dev.weir.ratelimit.TokenBucket} instead</td></tr>
 * </tbody>
 * </table>
 *
 * <p><img src="doc-files/remote.svg" alt="Processes send one trip at a time for each key to a store, and ask an outage
 * policy while it is away">
 *
 * <h2>Memory consistency</h2>
 *
 * As of every {@link dev.weir.ratelimit.RateLimiter}: none between those that take permits, in one process or several.
 * What happens before a store completes an answer happens-before the return of the requests that it grants.
 *
 * <h2>Durations</h2>
 *
 * A {@link java.time.Duration} counts to the nanosecond, on the {@link dev.weir.core.time.TimeSource} of the object
 * that takes it, and one beyond 292 years is for ever. A timeout of zero or less does not wait. Where another range
 * holds, the parameter says so, and it is checked when the object is built.
 *
 * <h2>In other words</h2>
 *
 * {@index "distributed rate limiter" RemoteRateLimiter}, {@index "fail open" OutagePolicy}, {@index "fail closed"
 * OutagePolicy}.
 */
@NullMarked
package dev.weir.ratelimit.remote;

import org.jspecify.annotations.NullMarked;
