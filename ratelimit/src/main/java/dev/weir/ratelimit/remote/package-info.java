/**
 * One limit over many processes: the permits are kept by a store that all of them share, a
 * {@link dev.weir.ratelimit.remote.RemoteBuckets}, and each process asks it. This package knows no particular store.
 *
 * {@snippet file="dev/weir/ratelimit/remote/RemoteSnippets.java" region="overview"}
 *
 * <p><b>What holds for the fleet</b>, as far as the store keeps its promises
 *
 * <ul>
 *   <li>In every window of length t of the store's time, all processes together admit at most {@code burst + rate × t},
 *       also with {@linkplain dev.weir.ratelimit.remote.Lease leases}. Permits grow by the store's clock, whatever the
 *       clocks of the processes show.
 *   <li>A request takes all of its permits or none, and of several limits from all or from none.
 *   <li>A request that is cancelled, interrupted or timed out has taken nothing: what was on its way comes back.
 *   <li>{@code refund}, {@code charge}, {@code drain} and the rate of the highest generation are everybody's.
 * </ul>
 *
 * <p><b>What holds in this process alone</b>
 *
 * <ul>
 *   <li>The order in which requests are served. Among processes there is none: a large request may be starved by small
 *       ones of others, and the head of a line looks again when the time has come that the store named, not when
 *       another process gives permits back.
 *   <li>{@code pauseFor}, {@code maxWaiters}, the metrics, and what listeners are notified of.
 * </ul>
 *
 * <p><b>What does not hold</b>
 *
 * <ul>
 *   <li>What an {@link dev.weir.ratelimit.remote.OutagePolicy} admits while the store is away is not limited by it;
 *       with a local share of as many processes as there are, the limit holds through an outage.
 *   <li>A call that times out may have been done. Its answer, when it comes, gives back what it took; if it never
 *       comes, these permits are lost.
 *   <li>A {@link dev.weir.ratelimit.Settlement} gives back what its estimate was too high by as it is, also what has
 *       grown again: the store does not know when it was taken.
 * </ul>
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
 * <tr><td>fewer trips for a key that is asked often</td><td>{@link dev.weir.ratelimit.remote.Lease}</td></tr>
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
