package dev.weir.ratelimit;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.FlightEvents;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.metrics.Tally;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings of a limiter besides its rate, and the report of its decisions to counters and listener. */
final class LimiterSettings {
    static final FlightEvents<LimiterWaitEvent> WAITS = new FlightEvents<>(LimiterWaitEvent::new);
    static final FlightEvents<LimiterRejectionEvent> REJECTIONS = new FlightEvents<>(LimiterRejectionEvent::new);

    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);

    final Name name;

    /** The permits that were admitted, and those that were rejected. */
    final Tally decisions;

    final TimeSource time;
    final int maxWaiters;
    final WaiterOrder order;
    final long jitterNanos;
    final Contexts contexts;
    final @Nullable RateLimiterListener listener;

    LimiterSettings(
            Name name,
            Tally decisions,
            TimeSource time,
            int maxWaiters,
            WaiterOrder order,
            long jitterNanos,
            Contexts contexts,
            @Nullable RateLimiterListener listener) {
        this.name = name;
        this.decisions = decisions;
        this.time = time;
        this.maxWaiters = maxWaiters;
        this.order = order;
        this.jitterNanos = jitterNanos;
        this.contexts = contexts;
        this.listener = listener;
    }

    private LimiterSettings(LimiterSettings from, RateLimiterListener listener) {
        this.name = from.name;
        this.decisions = from.decisions;
        this.time = from.time;
        this.maxWaiters = from.maxWaiters;
        this.order = from.order;
        this.jitterNanos = from.jitterNanos;
        this.contexts = from.contexts;
        this.listener = listener;
    }

    /** The same with a listener, and with the same counters. */
    LimiterSettings with(RateLimiterListener its) {
        return new LimiterSettings(this, its);
    }

    void admitted(long permits, long waitedNanos) {
        count(true, permits);
        notifyAdmitted(permits, waitedNanos);
    }

    void rejected(long permits) {
        count(false, permits);
        notifyRejected(permits);
    }

    /** Counts a decision, which calls nothing foreign. */
    void count(boolean admission, long permits) {
        decisions.add(admission, permits);
    }

    void notifyAdmitted(long permits, long waitedNanos) {
        RateLimiterListener its = listener;
        if (its != null) {
            Callbacks.run(
                    LOG,
                    "a listener of admitted permits",
                    () -> its.onAdmitted(permits, Duration.ofNanos(waitedNanos)));
        }
    }

    void notifyRejected(long permits) {
        RateLimiterListener its = listener;
        if (its != null) {
            Callbacks.run(LOG, "a listener of rejected permits", () -> its.onRejected(permits));
        }
    }

    /** A random delay of a request that had to wait, of at most that many nanoseconds. */
    long jitter(long mostNanos) {
        long bound = Math.min(jitterNanos, mostNanos);
        return bound <= 0 ? 0 : ThreadLocalRandom.current().nextLong(bound + 1);
    }

    /** A timeout in nanoseconds, which is a timeout still if it is beyond the clock. */
    static long timeoutNanos(Duration timeout) {
        long nanos = Checks.saturatedNanos(Objects.requireNonNull(timeout, "timeout"));
        return Math.min(WaitingLine.FOR_EVER - 1, nanos);
    }

    /** The metrics of a limiter with that many permits, whose line has these counts. */
    RateLimiterMetrics metrics(LineCounts line, long available) {
        return line.metrics(decisions, available);
    }
}
