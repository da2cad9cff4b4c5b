package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A token bucket that is slow when it is cold: for a service that needs a while, after a start or a pause, until it can
 * bear the full rate because its caches and connections are not there yet.
 *
 * <p>The bucket starts cold and empty. Cold, permits grow at the rate divided by the cold factor; while the bucket is in
 * use, which is as long as it is not full, it warms up, and the growth rises evenly to the full rate within the warm-up
 * time. While it is full it cools down in the same time. In every window of length t it admits at most {@code burst + rate
 * × t}, as a {@link TokenBucket} does; it grows slower than that by a billionth, so that no rounding exceeds the bound.
 *
 * <p>The state is behind a lock that is held for some arithmetic only, so this is slower than a token bucket. All else
 * is as there. Unlike Guava's {@code SmoothWarmingUp}, from which the idea is, a large request waits for its own permits,
 * and does not bill the next one.
 */
public final class WarmUpLimiter extends QueueingLimiter {
    private static final double SAFE = 1 - 1e-9;

    private final long warmUpNanos;
    private final double coldFactor;
    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock, but for the rate, which is read without.
    private volatile Rate rate;
    private long lastNanos;
    private long permits;
    private double fraction;
    private double heatNanos;

    private WarmUpLimiter(Builder builder) {
        super(builder.settings());
        this.rate = builder.rate;
        this.warmUpNanos = builder.warmUpNanos;
        this.coldFactor = builder.coldFactor;
        this.lastNanos = time.nanoTime();
    }

    /**
     * Starts to build a limiter.
     *
     * @param rate how often it admits when it is warm
     * @param warmUp how long it takes to get warm
     * @return a builder of a limiter with a cold factor of 3, on the system's clock, unless told otherwise
     * @throws IllegalArgumentException if {@code warmUp} is not positive, or beyond 2<sup>53</sup> ns (104 days), or if
     *     the burst is beyond 2<sup>53</sup>
     */
    public static Builder builder(Rate rate, Duration warmUp) {
        return new Builder(rate, warmUp);
    }

    /** Permits per nanosecond when warm, less what rounding could add. */
    private double fullSpeed() {
        return rate.permits() / (double) rate.period().toNanos() * SAFE;
    }

    /** Permits per nanosecond at a heat. */
    private double speed(double heat) {
        double full = fullSpeed();
        double cold = full / coldFactor;
        return cold + (full - cold) * heat / warmUpNanos;
    }

    /**
     * Brings the state to now if whole permits have grown, or anyway: so it is rounded once a permit and not once a look.
     * Returns the nanoseconds that are left. A reading that is stale changes nothing. Requires the lock.
     */
    private double advance(boolean anyway) {
        long now = time.nanoTime();
        double left = now - lastNanos;
        if (left <= 0) {
            return 0;
        }
        long missing = rate.burst() - permits;
        double growing = Math.min(left, nanosToGrow(missing - fraction));
        boolean full = growing < left;
        double grown = fraction + grownIn(growing);
        if (grown < 1 && !full && !anyway) {
            return left;
        }
        lastNanos = now;
        long whole = full ? missing : Math.min(missing, (long) grown);
        permits += whole;
        fraction = whole == missing ? 0 : grown - whole;
        heatNanos = Math.min((double) warmUpNanos, heatNanos + growing);
        heatNanos = Math.max(0, heatNanos - (left - growing));
        return 0;
    }

    /** The permits that grow in so many nanoseconds: the area below the speed, a ramp and then a level. */
    private double grownIn(double nanos) {
        double ramp = Math.min(nanos, warmUpNanos - heatNanos);
        return ramp * (speed(heatNanos) + speed(heatNanos + ramp)) / 2 + (nanos - ramp) * fullSpeed();
    }

    /** The inverse: how long until so many have grown. */
    private double nanosToGrow(double wanted) {
        if (wanted <= 0) {
            return 0;
        }
        double ramp = warmUpNanos - heatNanos;
        double inRamp = grownIn(ramp);
        if (wanted >= inRamp) {
            return ramp + (wanted - inRamp) / fullSpeed();
        }
        // wanted = s t + a t^2 / 2, in the form that loses no digits when a is small
        double s = speed(heatNanos);
        double a = (fullSpeed() - fullSpeed() / coldFactor) / warmUpNanos;
        return 2 * wanted / (s + Math.sqrt(s * s + 2 * a * wanted));
    }

    @Override
    boolean take(long wanted, long now) {
        checkPermits(wanted);
        return takeUpTo(wanted, wanted) == wanted;
    }

    @Override
    long takeUpTo(long most) {
        return takeUpTo(1, most);
    }

    private long takeUpTo(long least, long most) {
        lock.lock();
        try {
            advance(false);
            long taken = Math.min(most, permits);
            if (taken < least) {
                return 0;
            }
            permits -= taken;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    @Override
    void giveBack(long returned) {
        lock.lock();
        try {
            advance(true);
            long missing = rate.burst() - permits;
            permits += Math.min(missing, returned);
            fraction = returned >= missing ? 0 : fraction;
        } finally {
            lock.unlock();
        }
    }

    @Override
    long nanosUntil(long wanted) {
        lock.lock();
        try {
            double left = advance(false);
            if (wanted <= permits) {
                return 0;
            }
            double nanos = Math.ceil(nanosToGrow(wanted - permits - fraction) - left);
            return nanos >= Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(1, (long) nanos);
        } finally {
            lock.unlock();
        }
    }

    @Override
    long available() {
        lock.lock();
        try {
            advance(false);
            return permits;
        } finally {
            lock.unlock();
        }
    }

    @Override
    void checkPermits(long wanted) {
        if (wanted < 1 || wanted > rate.burst()) {
            throw new IllegalArgumentException(
                    "permits must be from 1 to the burst of " + rate.burst() + ", but is " + wanted);
        }
    }

    @Override
    public Rate rate() {
        return rate;
    }

    /** {@inheritDoc} The limiter stays as warm as it is. */
    @Override
    public void replaceRate(Rate rate) {
        checkRate(rate);
        line().change(() -> {
            lock.lock();
            try {
                advance(true);
                this.rate = rate;
                fraction = permits < rate.burst() ? fraction : 0;
                permits = Math.min(rate.burst(), permits);
            } finally {
                lock.unlock();
            }
        });
    }

    private static void checkRate(Rate rate) {
        if (Objects.requireNonNull(rate, "rate").burst() > 1L << 53) {
            throw new IllegalArgumentException("the burst of a warm-up must be at most 2^53, but is " + rate.burst());
        }
    }

    /** Builds a {@link WarmUpLimiter}. Not thread-safe. */
    public static final class Builder extends LimiterBuilder<Builder> {
        private final long warmUpNanos;
        private double coldFactor = 3;

        private Builder(Rate rate, Duration warmUp) {
            super(rate);
            checkRate(rate);
            this.warmUpNanos = Checks.saturatedNanos(Checks.positive(warmUp, "warmUp"));
            if (warmUpNanos > 1L << 53) {
                throw new IllegalArgumentException("warmUp must be at most 2^53 ns (104 days), but is " + warmUp);
            }
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * How many times slower than the rate the limiter is when it is cold; 3 by default.
         *
         * @param coldFactor at least 1
         * @return this builder
         * @throws IllegalArgumentException if {@code coldFactor} is below 1, infinite or not a number
         */
        public Builder coldFactor(double coldFactor) {
            if (!(coldFactor >= 1) || Double.isInfinite(coldFactor)) {
                throw new IllegalArgumentException("coldFactor must be at least 1, but is " + coldFactor);
            }
            this.coldFactor = coldFactor;
            return this;
        }

        /**
         * Builds the limiter.
         *
         * @return a new limiter, cold and empty
         */
        public WarmUpLimiter build() {
            return new WarmUpLimiter(this);
        }
    }
}
