package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Permits that were taken for what something is estimated to cost, until its real cost is known: the tokens of a
 * language model, the bytes of an answer, the work of a query. What was too much comes back, and what was too little
 * becomes a debt that later requests wait off.
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="settle"}
 *
 * <p><b>Once.</b> The first of {@link #settle} and {@link #close} counts, and later ones change nothing. One that is
 * closed without being settled has cost its estimate: so what fails half-way, and may have cost that, is not refunded
 * by accident. What has not been done at all settles to 0.
 *
 * <p><b>Never more than stated</b>: counting an estimate from when it was taken and a debt from when it was settled, in
 * every window of length t that ends with an admission the cost is at most {@code burst + rate × t}. So what has grown
 * again by the time of the settlement does not come back twice: of a bucket that was full meanwhile nothing comes back.
 * A bucket from which others take without an estimate is taken for as full as it would be without them.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. Nothing blocks. <b>Memory effects.</b> None between threads.
 */
public final class Settlement implements AutoCloseable {
    private final RateLimiter limiter;
    private final long estimate;
    private final OpenEstimates.@Nullable Entry entry;

    /** Of several limits at once: one for each. */
    private final List<Settlement> parts;

    private final AtomicBoolean settled = new AtomicBoolean();

    private Settlement(RateLimiter limiter, long estimate, List<Settlement> parts) {
        this.limiter = limiter;
        this.estimate = estimate;
        this.entry = null;
        this.parts = parts;
    }

    /** Of an estimate that was taken at this reading of the clock, or later. */
    Settlement(LineLimiter limiter, long estimate, long sinceNanos) {
        this(limiter, estimate, limiter.estimated(estimate, sinceNanos));
    }

    private Settlement(LineLimiter limiter, long estimate, OpenEstimates.Entry entry) {
        this.limiter = limiter;
        this.estimate = estimate;
        this.entry = entry;
        this.parts = List.of();
    }

    /**
     * Settles permits that have just been taken in any way: by {@code tryAcquire}, {@code acquireAsync} or a
     * {@link Reservation}. They count as taken now.
     *
     * @param limiter where they were taken
     * @param estimate how many were taken, not negative
     * @return what is to be settled
     * @throws IllegalArgumentException if {@code estimate} is negative
     */
    public static Settlement of(RateLimiter limiter, long estimate) {
        Objects.requireNonNull(limiter, "limiter");
        Checks.notNegative(estimate, "estimate");
        if (ClassedLimiter.viewed(limiter) instanceof LineLimiter ours) {
            return new Settlement(ours, estimate, ours.estimated(ours.settleable(estimate), ours.time.nanoTime()));
        }
        List<Settlement> parts = limiter instanceof CombinedLimiter several
                ? several.limits().stream().map(its -> of(its, estimate)).toList()
                : List.of();
        return new Settlement(limiter, estimate, parts);
    }

    /**
     * How many permits were taken.
     *
     * @return the number
     */
    public long estimate() {
        return estimate;
    }

    /**
     * Settles to the real cost: gives back what the estimate was too high by, or charges what it was too low by.
     *
     * @param cost the real cost in permits, not negative; it may be more than the burst
     * @return true if this call did so; false if it was settled or closed before
     * @throws IllegalArgumentException if {@code cost} is negative
     */
    public boolean settle(long cost) {
        Checks.notNegative(cost, "cost");
        if (!settled.compareAndSet(false, true)) {
            return false;
        }
        if (!parts.isEmpty()) {
            parts.forEach(part -> part.settle(cost));
            return true;
        }
        OpenEstimates.Entry ours = entry;
        if (ours != null && limiter instanceof LineLimiter line) {
            line.settleBack(ours, Math.max(0, estimate - cost));
        } else if (cost < estimate) {
            limiter.refund(estimate - cost);
        }
        if (cost > estimate) {
            limiter.charge(cost - estimate);
        }
        return true;
    }

    /** Leaves it at the estimate, if it has not been settled. */
    @Override
    public void close() {
        settle(estimate);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Settlement[estimate of 500 permits, open]}
     */
    @Override
    public String toString() {
        return "Settlement[estimate of " + estimate + " permits, " + (settled.get() ? "settled" : "open") + "]";
    }
}
