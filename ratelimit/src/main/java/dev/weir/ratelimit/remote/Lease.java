package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Checks;
import dev.weir.ratelimit.Rate;
import java.time.Duration;

/**
 * How many permits a {@link RemoteRateLimiter} fetches in advance, to serve them in its own process without a trip.
 *
 * {@snippet file="dev/weir/ratelimit/remote/RemoteSnippets.java" region="lease"}
 *
 * <p><b>The limit holds all the same.</b> A permit that was fetched is void when its time is over, counted from when
 * the request for it was sent; and the bucket in the store has a burst that is smaller by what grows in that time. So
 * in every window of length t all processes together admit at most {@code burst + rate × t}, however many hold leases.
 * A request for more than the smaller burst is refused by {@link IllegalArgumentException}.
 *
 * <p><b>What it costs.</b> Permits that were fetched and not used in their time are lost. So a lease should be used up
 * in its time by a process that is busy, and the sum of all leases should be well below the burst: a process that finds
 * the bucket empty waits while others hold permits that they may not need. When less was there than a lease, the next
 * trip is made once a part has grown that is worth it: after a quarter of the lease or an eighth of its time, whichever
 * comes first.
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
 */
public final class Lease {
    /** What is worth a trip after one that brought too little: this part of the permits, or of the time. */
    private static final int PART_OF_PERMITS = 4;

    private static final int PART_OF_TIME = 8;

    private final long permits;
    private final Duration ttl;
    private final long ttlNanos;

    private Lease(long permits, Duration ttl) {
        this.permits = permits;
        this.ttl = ttl;
        this.ttlNanos = ttl.toNanos();
    }

    /**
     * Permits in advance, as far as they are there.
     *
     * @param permits how many are fetched at most in one trip, besides those that are asked for
     * @param ttl positive and at most a day: how long they may be used, from when the request for them was sent
     * @return the lease
     * @throws IllegalArgumentException if {@code permits} or {@code ttl} is not positive, or {@code ttl} is more than a
     *     day
     */
    public static Lease upTo(long permits, Duration ttl) {
        Checks.positive(permits, "permits");
        if (Checks.positive(ttl, "ttl").compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("ttl must be at most a day, but is " + ttl);
        }
        return new Lease(permits, ttl);
    }

    long permits() {
        return permits;
    }

    long ttlNanos() {
        return ttlNanos;
    }

    /** The rate of the bucket in the store: what grows while a lease is good is not in its burst. */
    Rate inStore(Rate rate) {
        long grown = rate.permitsIn(ttl);
        if (grown >= rate.burst()) {
            throw new IllegalArgumentException("rate must have a burst of more than the " + grown
                    + " permits that grow while a lease is good, which is " + ttl + ", but is " + rate);
        }
        return rate.withBurst(rate.burst() - grown);
    }

    /** How long to wait for a part that is worth a trip, when there is nothing. */
    long worthwhileNanos(Limits limits) {
        return Math.min(ttlNanos / PART_OF_TIME, limits.nanosFor((permits - 1) / PART_OF_PERMITS + 1));
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Lease[up to 100 permits for PT0.05S]}
     */
    @Override
    public String toString() {
        return "Lease[up to " + permits + " permits for " + ttl + "]";
    }
}
