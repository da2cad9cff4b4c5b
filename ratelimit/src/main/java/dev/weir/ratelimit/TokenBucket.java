package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;

/**
 * A token bucket: permits grow at the rate, up to a burst, and a request takes some if they are there.
 *
 * <p><b>Exact.</b> In every window of length t, the permits admitted are at most {@code burst + rate × t}; and a permit
 * is late by a nanosecond at most, or by 2<sup>-60</sup> of the time in which the burst grows if that is longer. There
 * is no drift: the permits that have grown are always computed from the moment at which the bucket was made.
 *
 * <p><b>Cheap.</b> The state is one {@code long}. Admitting is a reading of the clock, three multiplications and a
 * compare-and-set, and rejecting writes nothing. Neither allocates.
 *
 * <p><b>Fair.</b> Callers that wait do so in the order in which they came, and while somebody waits nobody overtakes, a
 * {@code tryAcquire} neither: so a large request is not starved by small ones.
 *
 * <p><b>Clock.</b> A reading that is stale because its thread was delayed admits less, never more, if it is not older
 * than an hour. The bucket stays exact for 292 years.
 *
 * <p>The algorithm is the virtual scheduling form of GCRA (ITU-T I.371, Annex A), counted in fractions of permits
 * instead of in time, so that rates which do not divide a nanosecond are exact too.
 */
public final class TokenBucket implements RateLimiter {
    /*
     * State: `level`, the units that had to have grown for the bucket to be what it is. With grown(now), the units
     * since the epoch:
     *
     *   missing = level - grown(now)     what the bucket lacks of being full; full if <= 0
     *   admit n:  missing + n <= burst   then level' = max(level, ceil grown(now)) + n
     *
     * `level` only grows, by a compare-and-set, and so does grown(now). A stale `now` makes `missing` larger: safe.
     * Both wrap, for rates far above one permit per nanosecond within months. `missing` beyond what a burst and a stale
     * clock explain can only be a bucket that was idle for so long, hence is full.
     */
    private static final VarHandle LEVEL;

    static {
        try {
            LEVEL = MethodHandles.lookup().findVarHandle(TokenBucket.class, "level", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final RateMath math;
    private final TimeSource time;
    private final long epochNanos;
    private final WaitingLine line;

    @SuppressWarnings("unused") // through LEVEL
    private volatile long level;

    private TokenBucket(Builder builder) {
        this.math = new RateMath(builder.rate);
        this.time = builder.time;
        this.epochNanos = time.nanoTime();
        this.level = math.burst - math.units(builder.initialPermits);
        this.line = new WaitingLine(this, time);
    }

    /**
     * Starts to build a bucket.
     *
     * @param rate how often it admits
     * @return a builder that makes a full bucket on the system's clock, unless told otherwise
     */
    public static Builder builder(Rate rate) {
        return new Builder(rate);
    }

    @Override
    public boolean tryAcquire(long permits) {
        checkPermits(permits);
        return line.isEmpty() && take(permits);
    }

    @Override
    public boolean tryAcquire(long permits, Duration timeout) throws InterruptedException {
        checkPermits(permits);
        long nanos = Checks.saturatedNanos(timeout);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return (line.isEmpty() && take(permits)) || (nanos > 0 && line.await(permits, nanos));
    }

    @Override
    public void acquire(long permits) throws InterruptedException {
        checkPermits(permits);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (!line.isEmpty() || !take(permits)) {
            line.await(permits);
        }
    }

    @Override
    public Rate rate() {
        return math.rate;
    }

    @Override
    public RateLimiterMetrics metrics() {
        return line.metrics();
    }

    private void checkPermits(long permits) {
        if (permits < 1 || permits > math.rate.burst()) {
            throw new IllegalArgumentException(
                    "permits must be from 1 to the burst of " + math.rate.burst() + ", but is " + permits);
        }
    }

    /** The one place that changes the state. */
    boolean take(long permits) {
        long wanted = math.units(permits);
        long elapsed = time.nanoTime() - epochNanos;
        long grown = math.grown(elapsed);
        for (long before = level; ; before = level) {
            long missing = before - grown;
            boolean full = missing <= 0 || missing > math.mostMissing;
            if (!full && missing > math.burst - wanted) {
                return false;
            }
            long from = full ? math.grownUp(elapsed) : before;
            // Full volatile semantics are more than the one word needs, and free on the machines that we measure.
            if (LEVEL.compareAndSet(this, before, from + wanted)) {
                return true;
            }
        }
    }

    /** How long until so many permits are there, if nobody takes any; {@link Long#MAX_VALUE} for beyond the clock. */
    long nanosUntil(long permits) {
        long elapsed = time.nanoTime() - epochNanos;
        long missing = level - math.grown(elapsed);
        if (missing <= 0 || missing > math.mostMissing) {
            missing = 0;
        }
        long wanted = math.units(permits);
        long lacking = missing - math.burst + wanted;
        return wanted == Long.MAX_VALUE || lacking > Long.MAX_VALUE >> 1
                ? Long.MAX_VALUE
                : math.nanosUntil(elapsed, lacking);
    }

    /**
     * What the bucket admits and how many wait for it.
     *
     * @return for instance {@code TokenBucket[Rate[permits=5, period=PT1S, burst=5], 0 waiters]}
     */
    @Override
    public String toString() {
        return "TokenBucket[" + math.rate + ", " + metrics().waiters() + " waiters]";
    }

    /** Builds a {@link TokenBucket}. Not thread-safe. */
    public static final class Builder {
        private final Rate rate;
        private long initialPermits;
        private TimeSource time = TimeSource.system();

        private Builder(Rate rate) {
            this.rate = Objects.requireNonNull(rate, "rate");
            this.initialPermits = rate.burst();
        }

        /**
         * How many permits the bucket starts with; a whole burst by default.
         *
         * @param permits from 0 to the burst
         * @return this builder
         * @throws IllegalArgumentException if {@code permits} is out of its range
         */
        public Builder initialPermits(long permits) {
            if (permits < 0 || permits > rate.burst()) {
                throw new IllegalArgumentException(
                        "initialPermits must be from 0 to the burst of " + rate.burst() + ", but is " + permits);
            }
            this.initialPermits = permits;
            return this;
        }

        /**
         * The clock; {@link TimeSource#system()} by default. With {@link TimeSource#coarse()}, permits come up to its
         * resolution later, never earlier.
         *
         * @param time the clock
         * @return this builder
         */
        public Builder timeSource(TimeSource time) {
            this.time = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Builds the bucket.
         *
         * @return a new bucket
         */
        public TokenBucket build() {
            return new TokenBucket(this);
        }
    }
}
