package dev.weir.ratelimit.remote;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.PermitLine;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.RateLimiterListener;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The settings that all remote limiters have.
 *
 * @param <B> the builder itself
 */
abstract class RemoteBuilder<B extends RemoteBuilder<B>> {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofMillis(500);

    final PermitLine.Builder line;
    private final RemoteBuckets buckets;
    private final Collection<Rate> rates;
    private TimeSource time = TimeSource.system();
    private Duration timeout = DEFAULT_TIMEOUT;
    private OutagePolicy policy = OutagePolicy.refuse();
    private @Nullable RemoteRateLimiterListener storeListener;

    @Nullable
    Lease lease;

    long generation;

    RemoteBuilder(RemoteBuckets buckets, Collection<Rate> rates) {
        this.buckets = Objects.requireNonNull(buckets, "buckets");
        this.rates = List.copyOf(rates);
        this.line = new PermitLine.Builder(rates.iterator().next());
        rates.forEach(buckets::checkRate);
    }

    abstract B self();

    /**
     * The clock by which this process waits; {@link TimeSource#system()} by default. Permits grow by the clock of the
     * store, whatever this one shows.
     *
     * @param time the clock
     * @return this builder
     */
    public final B timeSource(TimeSource time) {
        this.time = Objects.requireNonNull(time, "time");
        line.timeSource(time);
        return self();
    }

    /**
     * How long a call to the store takes at most, after which it has failed; 500 ms by default.
     *
     * @param timeout the time limit
     * @return this builder
     * @throws IllegalArgumentException if {@code timeout} is not positive, or more than a day
     */
    public final B timeout(Duration timeout) {
        if (Checks.positive(timeout, "timeout").compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("timeout must be at most a day, but is " + timeout);
        }
        this.timeout = timeout;
        return self();
    }

    /**
     * How requests are answered while the store is away; {@link OutagePolicy#refuse()} by default.
     *
     * @param policy the policy
     * @return this builder
     */
    public final B onOutage(OutagePolicy policy) {
        this.policy = Objects.requireNonNull(policy, "policy");
        return self();
    }

    /**
     * The age of the rate; 0 by default. When the rate of a limiter is changed, give the new one a higher generation:
     * while processes with either are running, all keep to the newer one.
     *
     * @param generation the generation, not negative
     * @return this builder
     * @throws IllegalArgumentException if {@code generation} is negative
     */
    public final B generation(long generation) {
        this.generation = Checks.notNegative(generation, "generation");
        return self();
    }

    /**
     * Fetches permits in advance and serves them in this process, without a trip for each; not by default. All
     * processes should have the same lease, as the burst of the bucket in the store depends on it.
     *
     * @param lease how many permits, and for how long
     * @return this builder
     * @throws IllegalArgumentException if the burst is too small: it must be more than what grows while a lease is good
     */
    public final B lease(Lease lease) {
        Objects.requireNonNull(lease, "lease");
        rates.forEach(rate -> buckets.checkRate(lease.inStore(rate)));
        this.lease = lease;
        return self();
    }

    /**
     * The listener that is notified of outages; none by default.
     *
     * @param listener the listener, in place of the one set before
     * @return this builder
     */
    public final B storeListener(RemoteRateLimiterListener listener) {
        this.storeListener = Objects.requireNonNull(listener, "listener");
        return self();
    }

    /**
     * How many requests of this process may wait at once for the permits of one bucket; without bound by default. One
     * more is refused: {@code tryAcquire} returns false, and the others throw or fail with a
     * {@link java.util.concurrent.RejectedExecutionException}.
     *
     * @param maxWaiters not negative; with 0 nothing waits
     * @return this builder
     * @throws IllegalArgumentException if {@code maxWaiters} is negative
     */
    public final B maxWaiters(int maxWaiters) {
        line.maxWaiters(maxWaiters);
        return self();
    }

    /**
     * By how much each request that had to wait is delayed further, at random and evenly distributed; zero by default.
     * The permits are taken before.
     *
     * @param most the longest such delay
     * @return this builder
     * @throws IllegalArgumentException if {@code most} is negative
     */
    public final B jitter(Duration most) {
        line.jitter(most);
        return self();
    }

    /**
     * The name in this process, for logs, meters and thread dumps; {@code limiter-} or, with keys,
     * {@code keyed-limiter-} with a number by default.
     *
     * @param name the name, which need not be unique
     * @return this builder
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public final B name(String name) {
        line.name(name);
        return self();
    }

    /**
     * The listener that is notified of each decision of this process; none by default.
     *
     * @param listener the listener, in place of the one set before
     * @return this builder
     */
    public final B listener(RateLimiterListener listener) {
        line.listener(listener);
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
        line.context(carriers);
        return self();
    }

    final RemoteStore store(boolean ofKeys) {
        return new RemoteStore(buckets, time, timeout, policy, lease, ofKeys, storeListener);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code RemoteRateLimiter.Builder[Rate[permits=5, period=PT1S, burst=5], timeout=PT0.5S]}
     */
    @Override
    public final String toString() {
        String what = rates.size() == 1 ? rates.iterator().next().toString() : rates.toString();
        return getClass().getEnclosingClass().getSimpleName() + ".Builder[" + what + ", timeout=" + timeout + ", "
                + policy + (lease == null ? "" : ", " + lease) + "]";
    }
}
