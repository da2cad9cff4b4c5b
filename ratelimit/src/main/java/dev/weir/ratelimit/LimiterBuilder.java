package dev.weir.ratelimit;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.metrics.Tally;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The settings that all limiters have.
 *
 * @param <B> the builder itself
 */
abstract class LimiterBuilder<B extends LimiterBuilder<B>> {
    final Rate rate;
    private TimeSource time = TimeSource.system();
    private int maxWaiters = Integer.MAX_VALUE;

    /** For limiters whose requests have classes. */
    WaiterOrder order = WaiterOrder.firstCome();

    private long jitterNanos;
    private @Nullable String name;
    private Contexts contexts = Contexts.byDefault();
    private @Nullable RateLimiterListener listener;

    LimiterBuilder(Rate rate) {
        this.rate = Objects.requireNonNull(rate, "rate");
    }

    abstract B self();

    /**
     * The clock; {@link TimeSource#system()} by default. On one whose readings lag, such as
     * {@link TimeSource#coarse()}, a permit comes up to twice the resolution later, never earlier, and the burst must
     * hold at least the permits that grow within the resolution; twice that, or the limiter admits less than the rate.
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
     * By how much each request that had to wait is delayed further, at random and evenly distributed, so that many
     * requests that waited for the same moment do not act all at once; zero by default. The permits are taken before. A
     * timeout is not exceeded for it, and the order is no longer that of the line.
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
     * The name, for logs, meters and thread dumps; {@code limiter-} with a number by default.
     *
     * @param name the name, which need not be unique
     * @return this builder
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public final B name(String name) {
        this.name = Name.checked(name);
        return self();
    }

    /**
     * The listener that is notified of each decision; none by default.
     *
     * @param listener the listener, in place of the one set before
     * @return this builder
     */
    public final B listener(RateLimiterListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener");
        return self();
    }

    /**
     * What is carried from a call of {@link RateLimiter#acquireAsync} or {@link RateLimiter#reserve} to the dependents
     * of its future and to the listener, if they are called when the permits are granted; in place of
     * {@link ContextCarrier#defaults()}.
     *
     * @param carriers what carries it, installed in this order; none carries nothing
     * @return this builder
     */
    public final B context(ContextCarrier... carriers) {
        this.contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
        return self();
    }

    final LimiterSettings settings() {
        return settings("limiter");
    }

    /** Of a limiter of that kind, if it has been given no name. */
    final LimiterSettings settings(String kind) {
        return settings(kind, new Tally());
    }

    /** The same with these counters. */
    final LimiterSettings settings(String kind, Tally decisions) {
        return new LimiterSettings(
                Name.of(kind, name), decisions, time, maxWaiters, order, jitterNanos, contexts, listener);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code TokenBucket.Builder[Rate[permits=5, period=PT1S, burst=5], TimeSource.system()]}
     */
    @Override
    public final String toString() {
        String limiter = getClass().getEnclosingClass().getSimpleName();
        return limiter + ".Builder[" + (name == null ? "" : name + ", ") + rate + ", " + time
                + (maxWaiters == Integer.MAX_VALUE ? "" : ", maxWaiters=" + maxWaiters)
                + (order.looksAtClasses() ? ", " + order : "")
                + (jitterNanos == 0 ? "" : ", jitter=" + Duration.ofNanos(jitterNanos))
                + (listener == null ? "" : ", listener=" + listener) + "]";
    }
}
