package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.PromptLock;
import java.time.Duration;
import java.util.Objects;

/**
 * A token bucket that is slow when it is cold: for a service that needs a while, after a start or a pause, until it can
 * bear the full rate because its caches and connections are not there yet.
 *
 * <p>The bucket starts cold and empty. Cold, permits grow at the rate divided by the cold factor; while the bucket is
 * in use, which is as long as it is not full, it warms up, and the growth rises evenly to the full rate within the
 * warm-up time. While it is full it cools down in the same time. In every window of length t it admits at most
 * {@code burst + rate × t}, as a {@link TokenBucket} does; it grows slower than that by a billionth, so that no
 * rounding exceeds the bound. On a clock that lags by r, t counts from r before the window.
 *
 * <p>The state is behind a lock that is held for some arithmetic only, so this is slower than a token bucket. All else
 * is as there. Unlike Guava's {@code SmoothWarmingUp}, from which the idea is, a large request waits for its own
 * permits, and does not bill the next one.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> As of every {@link RateLimiter}:
 * {@code acquire} in its forms and {@code tryAcquire} with a timeout wait until the permits have grown.
 * <b>Interruption.</b> Ends the wait; nothing was taken then. <b>Fairness.</b> Requests that wait are served in the
 * order in which they came, and nobody overtakes them. <b>Memory effects.</b> None that a caller should rely on.
 */
public final class WarmUpLimiter extends LineLimiter {
    private static final double SAFE = 1 - 1e-9;
    private static final long MOST_DEBT = 1L << 53;

    private final WaitingLine line;
    private final long warmUpNanos;
    private final double coldFactor;
    private final PromptLock lock = new PromptLock();

    // Guarded by the lock, but for the rate, which is read without. As of lastNanos.
    private volatile Rate rate;
    private long lastNanos;
    private long permits;
    private double fraction;
    private double heatNanos;
    private final OpenEstimates estimates = new OpenEstimates();

    private WarmUpLimiter(Builder builder) {
        super(builder.settings());
        this.line = new WaitingLine(this, settings, new LineCounts());
        this.rate = builder.rate;
        this.warmUpNanos = builder.warmUpNanos;
        this.coldFactor = builder.coldFactor;
        this.lastNanos = time.nanoTime();
    }

    /**
     * Starts to build a limiter.
     *
     * @param rate how often it admits when it is warm
     * @param warmUp how long it takes to get warm, positive and at most 104 days
     * @return a builder of a limiter with a cold factor of 3, on the system's clock, unless configured otherwise
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
     * The nanoseconds since the last change. A reading that is stale counts as one of that moment. Requires the lock.
     */
    private long elapsed(long now) {
        return Math.max(0, now - lastNanos);
    }

    /**
     * The whole permits that are there so long after the last change. Never fewer for a later moment. Requires the
     * lock.
     */
    private long permitsAfter(long nanos) {
        long missing = rate.burst() - permits;
        double toFull = nanosToGrow((double) missing - fraction);
        return nanos >= toFull
                ? rate.burst()
                : permits + Math.min(missing, (long) (fraction + grownIn(Math.min((double) nanos, toFull))));
    }

    /**
     * Brings the state to now, which rounds it: so only when it changes anyway, and not for a look. Requires the lock.
     */
    private void advance(long now) {
        double left = elapsed(now);
        long missing = rate.burst() - permits;
        double growing = Math.min(left, nanosToGrow((double) missing - fraction));
        long whole = permitsAfter(elapsed(now)) - permits;
        double grown = fraction + grownIn(growing);
        lastNanos += elapsed(now);
        permits += whole;
        fraction = whole == missing ? 0 : Math.max(0, grown - whole);
        heatNanos = Math.min((double) warmUpNanos, heatNanos + growing);
        heatNanos = Math.max(0, heatNanos - (left - growing));
    }

    /** The permits that grow in that number of nanoseconds: the area below the speed, a ramp and then a level. */
    private double grownIn(double nanos) {
        double ramp = Math.min(nanos, warmUpNanos - heatNanos);
        return ramp * (speed(heatNanos) + speed(heatNanos + ramp)) / 2 + (nanos - ramp) * fullSpeed();
    }

    /** The inverse: how long until that number has grown. */
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

    // ---- the permits

    @Override
    boolean take(long wanted, long now) {
        checkRange(wanted);
        return wanted == 0 || takeUpTo(wanted, wanted, now) == wanted;
    }

    @Override
    long takeUpTo(long most) {
        return takeUpTo(1, most, time.nanoTime());
    }

    private long takeUpTo(long least, long most, long now) {
        StackRoom.check();
        lock.lock();
        try {
            long taken = Math.min(most, permitsAfter(elapsed(now))); // negative in debt
            if (taken < least || taken == 0) {
                return 0;
            }
            advance(now);
            noteLack();
            permits -= taken;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    @Override
    void takeUsed(long used) {
        StackRoom.check();
        lock.lock();
        try {
            advance(time.nanoTime());
            noteLack();
            permits -= Math.min(used, MOST_DEBT + permits);
        } finally {
            lock.unlock();
        }
    }

    @Override
    OpenEstimates.Entry estimated(long taken, long sinceNanos) {
        StackRoom.check();
        lock.lock();
        try {
            OpenEstimates.Entry entry = estimates.add(Math.min(rate.burst(), taken));
            advance(time.nanoTime());
            noteLack();
            return entry;
        } finally {
            lock.unlock();
        }
    }

    @Override
    void settled(OpenEstimates.Entry entry, long returned) {
        StackRoom.check();
        lock.lock();
        try {
            advance(time.nanoTime());
            noteLack();
            giveBackLocked(Math.min(returned, estimates.settle(entry)));
        } finally {
            lock.unlock();
        }
    }

    @Override
    void giveBack(long returned) {
        StackRoom.check();
        lock.lock();
        try {
            giveBackLocked(returned);
        } finally {
            lock.unlock();
        }
    }

    /** Requires the lock. */
    private void giveBackLocked(long returned) {
        advance(time.nanoTime());
        long missing = rate.burst() - permits;
        permits += Math.min(missing, returned);
        fraction = returned >= missing ? 0 : fraction;
        noteLack();
    }

    /** Drops from the estimates what has grown again. Requires the lock. */
    private void noteLack() {
        estimates.lacks(Math.max(0, rate.burst() - permits - (fraction > 0 ? 1 : 0)));
    }

    @Override
    long nanosUntil(long wanted) {
        StackRoom.check();
        lock.lock();
        try {
            long elapsed = elapsed(time.nanoTime());
            if (wanted <= permitsAfter(elapsed)) {
                return 0;
            }
            if (wanted > rate.burst()) { // after others in line, when it has been full and used up in between
                double nanos = Math.ceil(nanosToGrow(wanted - permits - fraction)) - elapsed;
                return nanos >= Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(1, (long) nanos);
            }
            return least(wanted, elapsed) - elapsed;
        } finally {
            lock.unlock();
        }
    }

    /** The least time after the last change, beyond the given one, when the permits are there. Requires the lock. */
    private long least(long wanted, long from) {
        long estimate = (long) nanosToGrow(wanted - permits - fraction);
        long low = Math.max(from, estimate);
        long high = low;
        for (long step = 1; low > from && permitsAfter(low) >= wanted; step *= 2) {
            high = low;
            low = Math.max(from, low - step);
        }
        for (long step = 1; permitsAfter(high) < wanted; step *= 2) {
            low = high;
            if (high > Long.MAX_VALUE - step) {
                return Long.MAX_VALUE;
            }
            high += step;
        }
        while (high - low > 1) { // not there at low, there at high
            long middle = low + (high - low) / 2;
            if (permitsAfter(middle) >= wanted) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    @Override
    long available() {
        StackRoom.check();
        lock.lock();
        try {
            return Math.max(0, permitsAfter(elapsed(time.nanoTime())));
        } finally {
            lock.unlock();
        }
    }

    @Override
    long largest() {
        return rate.burst();
    }

    @Override
    void checkRange(long wanted) {
        long most = rate.burst();
        if (wanted < 0 || wanted > most) {
            throw new IllegalArgumentException("permits must be from 0 to the burst of " + most + ", but is " + wanted);
        }
    }

    @Override
    WaitingLine line() {
        return line;
    }

    @Override
    WaitingLine lineIfMade() {
        return line;
    }

    @Override
    public Rate rate() {
        return rate;
    }

    /** {@inheritDoc} The limiter stays as warm as it is. */
    @Override
    public void replaceRate(Rate rate) {
        checkRate(rate);
        line.replaceRate(() -> {
            lock.lock();
            try {
                advance(time.nanoTime());
                noteLack();
                this.rate = rate;
                fraction = permits < rate.burst() ? fraction : 0;
                permits = Math.min(rate.burst(), permits);
            } finally {
                lock.unlock();
            }
        });
    }

    @Override
    public boolean tryAcquire(long wanted) {
        return observed(isOpen() ? take(wanted, time.nanoTime()) : isNothing(wanted), wanted);
    }

    private static void checkRate(Rate rate) {
        if (Objects.requireNonNull(rate, "rate").burst() > 1L << 53) {
            throw new IllegalArgumentException("the burst of a warm-up must be at most 2^53, but is " + rate.burst());
        }
    }

    /**
     * Builds a {@link WarmUpLimiter}.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder extends ClassedBuilder<Builder> {
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
