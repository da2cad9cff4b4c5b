package dev.weir.ratelimit;

import dev.weir.core.internal.metrics.Histogram;
import dev.weir.core.internal.metrics.Tally;
import java.util.concurrent.atomic.LongAdder;

/** Counts those who wait, in one {@link WaitingLine} or in those of all keys. */
final class LineCounts {
    /** Of a limiter that has no line. */
    static final LineCounts NONE = new LineCounts();

    final LongAdder waits = new LongAdder();
    final Histogram waited = new Histogram();
    final LongAdder abandoned = new LongAdder();
    final LongAdder waiters = new LongAdder();

    /** The metrics of a limiter with these decisions and that many permits. */
    RateLimiterMetrics metrics(Tally decisions, long available) {
        return new RateLimiterMetrics(
                decisions.yes(),
                decisions.no(),
                waits.sum(),
                waited.snapshot(),
                abandoned.sum(),
                waiters.intValue(),
                available);
    }
}
