package dev.weir.ratelimit;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.metrics.Tally;
import dev.weir.core.time.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The name of a {@link CombinedLimiter} and what it counts, for its views as well. A request counts by its first limit.
 */
final class CombinedCounts {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);

    final Name name = Name.numbered("limiter");
    private final Tally decisions = new Tally();
    private final LineCounts line = new LineCounts();
    private final TimeSource time;

    CombinedCounts(TimeSource time) {
        this.time = time;
    }

    void decided(boolean admitted, long[] permits) {
        decisions.add(admitted, permits[0]);
    }

    /** A request begins to wait; returns when. */
    long waitBegins() {
        long now = time.nanoTime();
        line.waiters.increment();
        return now;
    }

    void waitEnds(boolean admitted, long[] permits, long sinceNanos) {
        decided(admitted, permits);
        line.waiters.decrement();
        if (!admitted) {
            line.abandoned.increment();
            return;
        }
        line.waits.increment();
        try {
            line.waited.record(time.nanoTime() - sinceNanos);
        } catch (RuntimeException | Error broken) { // the permits are taken all the same
            Callbacks.error(LOG, "a TimeSource threw, and so a wait is not measured", broken);
        }
    }

    /** The metrics of a limiter with that many permits. */
    RateLimiterMetrics metrics(long available) {
        return line.metrics(decisions, available);
    }
}
