package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Checks;

/**
 * How a {@link RemoteRateLimiter} answers while its store is away: the callers in flight when a call fails or times
 * out, and every caller afterwards, at once, until the store answers again.
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
 */
public final class OutagePolicy {
    /** Refuses or admits everything. */
    private static final int NO_SHARE = 0;

    private static final OutagePolicy REFUSE = new OutagePolicy(false, NO_SHARE);
    private static final OutagePolicy ADMIT = new OutagePolicy(true, NO_SHARE);

    private final boolean admits;
    private final int nodes;

    private OutagePolicy(boolean admits, int nodes) {
        this.admits = admits;
        this.nodes = nodes;
    }

    /**
     * Refuses every request. The limit is never exceeded. A request without a time limit that waits, or would have to,
     * ends with a {@link java.util.concurrent.RejectedExecutionException}.
     *
     * @return the policy
     */
    public static OutagePolicy refuse() {
        return REFUSE;
    }

    /**
     * Admits every request. There is no limit during an outage.
     *
     * @return the policy
     */
    public static OutagePolicy admit() {
        return ADMIT;
    }

    /**
     * Keeps to this process's share of the rate. The bucket for it is empty when it is first used in the outage, and
     * what it has admitted is taken from the store afterwards, as far as it is there: so {@code burst + rate × t} holds
     * through an outage, if there are as many processes as stated and all of them are cut off. A request above the
     * burst of the share is refused.
     *
     * @param nodes how many processes share the limit
     * @return the policy
     * @throws IllegalArgumentException if {@code nodes} is less than 1
     */
    public static OutagePolicy localShare(int nodes) {
        return new OutagePolicy(false, Checks.positive(nodes, "nodes"));
    }

    boolean admits() {
        return admits;
    }

    boolean isLocalShare() {
        return nodes != NO_SHARE;
    }

    int nodes() {
        return nodes;
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code OutagePolicy[localShare(3)]}
     */
    @Override
    public String toString() {
        return "OutagePolicy[" + (isLocalShare() ? "localShare(" + nodes + ")" : admits ? "admit" : "refuse") + "]";
    }
}
