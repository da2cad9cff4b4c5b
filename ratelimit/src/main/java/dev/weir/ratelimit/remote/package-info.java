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
 */
@NullMarked
package dev.weir.ratelimit.remote;

import org.jspecify.annotations.NullMarked;
