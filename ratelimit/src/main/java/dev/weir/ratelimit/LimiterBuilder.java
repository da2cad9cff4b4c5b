package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What all limiters may be told.
 *
 * @param <B> the builder itself
 */
abstract class LimiterBuilder<B extends LimiterBuilder<B>> {
    final Rate rate;
    private TimeSource time = TimeSource.system();
    private int maxWaiters = Integer.MAX_VALUE;
    private long jitterNanos;
    private boolean counting;
    private @Nullable RateLimiterListener listener;

    LimiterBuilder(Rate rate) {
        this.rate = Objects.requireNonNull(rate, "rate");
    }

    abstract B self();

    /**
     * The clock; {@link TimeSource#system()} by default. With {@link TimeSource#coarse()}, permits come up to its
     * resolution later, never earlier.
     *
     * @param time the clock
     * @return this builder
     */
    public final B timeSource(TimeSource time) {
        this.time = Objects.requireNonNull(time, "time");
        return self();
    }

    /**
     * How many requests may wait at once; without bound by default. One more is refused: {@code tryAcquire} returns
     * false, and the others throw or fail with a {@link java.util.concurrent.RejectedExecutionException}.
     *
     * @param maxWaiters not negative; with 0 nothing waits
     * @return this builder
     * @throws IllegalArgumentException if {@code maxWaiters} is negative
     */
    public final B maxWaiters(int maxWaiters) {
        this.maxWaiters = (int) Checks.notNegative(maxWaiters, "maxWaiters");
        return self();
    }

    /**
     * By how much each request that had to wait is delayed further, at random and evenly distributed, so that many who
     * waited for the same moment do not act all at once; zero by default. The permits are taken before. A timeout is not
     * exceeded for it, and the order is no longer that of the line.
     *
     * @param most the longest such delay
     * @return this builder
     * @throws IllegalArgumentException if {@code most} is negative
     */
    public final B jitter(Duration most) {
        this.jitterNanos = Math.min(Long.MAX_VALUE - 1, Checks.saturatedNanos(Checks.notNegative(most, "most")));
        return self();
    }

    /**
     * Counts the permits that are admitted and rejected, for {@link RateLimiter#metrics()}. Without this, a rejection
     * writes nothing.
     *
     * @return this builder
     */
    public final B counting() {
        this.counting = true;
        return self();
    }

    /**
     * Who hears of each decision; nobody by default.
     *
     * @param listener the listener, in place of the one set before
     * @return this builder
     */
    public final B listener(RateLimiterListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener");
        return self();
    }

    final LimiterSettings settings() {
        boolean plain = time == TimeSource.system()
                && maxWaiters == Integer.MAX_VALUE
                && jitterNanos == 0
                && !counting
                && listener == null;
        return plain ? LimiterSettings.DEFAULT : new LimiterSettings(time, maxWaiters, jitterNanos, counting, listener);
    }
}
