package dev.weir.ratelimit;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings of a limiter besides its rate, and the report of its decisions to counters and listener. */
final class LimiterSettings {
    static final LimiterSettings DEFAULT = new LimiterSettings(
            TimeSource.system(), Integer.MAX_VALUE, WaiterOrder.firstCome(), 0, false, null);
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);

    final TimeSource time;
    final int maxWaiters;
    final WaiterOrder order;
    final long jitterNanos;
    final @Nullable LongAdder admitted;
    final @Nullable LongAdder rejected;
    final @Nullable RateLimiterListener listener;

    LimiterSettings(
            TimeSource time,
            int maxWaiters,
            WaiterOrder order,
            long jitterNanos,
            boolean counting,
            @Nullable RateLimiterListener listener) {
        this.time = time;
        this.maxWaiters = maxWaiters;
        this.order = order;
        this.jitterNanos = jitterNanos;
        this.admitted = counting ? new LongAdder() : null;
        this.rejected = counting ? new LongAdder() : null;
        this.listener = listener;
    }

    private LimiterSettings(LimiterSettings from, RateLimiterListener listener) {
        this.time = from.time;
        this.maxWaiters = from.maxWaiters;
        this.order = from.order;
        this.jitterNanos = from.jitterNanos;
        this.admitted = from.admitted;
        this.rejected = from.rejected;
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
        LongAdder counter = admission ? admitted : rejected;
        if (counter != null) {
            counter.add(permits);
        }
    }

    void notifyAdmitted(long permits, long waitedNanos) {
        RateLimiterListener its = listener;
        if (its != null) {
            Callbacks.run(LOG, "a listener of admitted permits", () -> its.onAdmitted(permits, waitedNanos));
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

    /** The metrics of a limiter, whose line has these counts if it has one. */
    RateLimiterMetrics metrics(@Nullable LineCounts line) {
        return line == null
                ? new RateLimiterMetrics(sum(admitted), sum(rejected), 0, Duration.ZERO, 0, 0)
                : new RateLimiterMetrics(
                        sum(admitted),
                        sum(rejected),
                        line.waits.sum(),
                        Duration.ofNanos(line.waitedNanos.sum()),
                        line.abandoned.sum(),
                        line.waiters.intValue());
    }

    private static long sum(@Nullable LongAdder counter) {
        return counter == null ? RateLimiterMetrics.NOT_COUNTED : counter.sum();
    }
}
