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
 *       ones of others, and the head of a line looks again when the time has come that the store named, not when another
 *       process gives permits back.
 *   <li>{@code pauseFor}, {@code maxWaiters}, the metrics, and what listeners are notified of.
 * </ul>
 *
 * <p><b>What does not hold</b>
 *
 * <ul>
 *   <li>What an {@link dev.weir.ratelimit.remote.OutagePolicy} admits while the store is away is not limited by it; with
 *       a local share of as many processes as there are, the limit holds through an outage.
 *   <li>A call that times out may have been done. Its answer, when it comes, gives back what it took; if it never comes,
 *       these permits are lost.
 *   <li>A {@link dev.weir.ratelimit.Settlement} gives back what its estimate was too high by as it is, also what has
 *       grown again: the store does not know when it was taken.
 * </ul>
 */
@NullMarked
package dev.weir.ratelimit.remote;

import org.jspecify.annotations.NullMarked;
