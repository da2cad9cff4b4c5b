package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a builder was told besides the rate, and who hears of decisions. */
final class LimiterSettings {
    static final LimiterSettings DEFAULT = new LimiterSettings(TimeSource.system(), Integer.MAX_VALUE, 0, false, null);
    private static final Logger LOG = LoggerFactory.getLogger(RateLimiter.class);

    final TimeSource time;
    final int maxWaiters;
    final long jitterNanos;
    final @Nullable LongAdder admitted;
    final @Nullable LongAdder rejected;
    final @Nullable RateLimiterListener listener;

    LimiterSettings(
            TimeSource time,
            int maxWaiters,
            long jitterNanos,
            boolean counting,
            @Nullable RateLimiterListener listener) {
        this.time = time;
        this.maxWaiters = maxWaiters;
        this.jitterNanos = jitterNanos;
        this.admitted = counting ? new LongAdder() : null;
        this.rejected = counting ? new LongAdder() : null;
        this.listener = listener;
    }

    void admitted(long permits, long waitedNanos) {
        if (admitted != null) {
            admitted.add(permits);
        }
        if (listener != null) {
            try {
                listener.onAdmitted(permits, waitedNanos);
            } catch (RuntimeException | Error failure) {
                LOG.error("a listener failed on {} admitted permits", permits, failure);
            }
        }
    }

    void rejected(long permits) {
        if (rejected != null) {
            rejected.add(permits);
        }
        if (listener != null) {
            try {
                listener.onRejected(permits);
            } catch (RuntimeException | Error failure) {
                LOG.error("a listener failed on {} rejected permits", permits, failure);
            }
        }
    }

    static long sum(@Nullable LongAdder counter) {
        return counter == null ? 0 : counter.sum();
    }
}
