package dev.weir.ratelimit;

import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bucket whose permits come all at once: at the end of each period of the rate, as many as the rate has in a period,
 * up to the burst. For limits that are defined so, such as a quota per calendar day; where they are not, a
 * {@link TokenBucket} treats its users better.
 *
 * <p><b>Twice the limit.</b> A caller that takes the burst just before the end of a period can take as much again just
 * after it. In a window of length t, at most {@code burst + permits × (1 + (t + r) / period)} permits are admitted, the
 * quotient rounded down, where r is how far the readings of the clock lag: 0 for the system's clock.
 *
 * <p><b>Periods</b> begin when the bucket is built, and are measured by its clock, or follow a wall clock by
 * {@link Builder#alignedTo}. Without a wall clock they begin anew when the rate is replaced by another one.
 *
 * <p><b>The algorithm</b> is that of the {@link TokenBucket}, one word that is changed by compare-and-set, except that
 * time is counted in whole periods: the bucket with interval refill, as Bucket4j names it. It is not the fixed-window
 * counter, which forgets at each boundary what was saved up.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> As of every {@link RateLimiter}:
 * {@code acquire} in its forms and {@code tryAcquire} with a timeout wait. <b>Interruption.</b> Ends the wait; nothing
 * was taken then. <b>Fairness.</b> Requests that wait are served in the order in which they came, and nobody overtakes
 * them. <b>Memory effects.</b> None between the threads that ask.
 */
public final class IntervalBucket extends BucketLimiter {
    /** How long a wait relies on the wall clock to go as the monotonic one does. */
    private static final long TRUSTED_NANOS = Duration.ofMinutes(1).toNanos();

    private final @Nullable Clock wall;

    private IntervalBucket(Builder builder) {
        super(builder.settings());
        this.wall = builder.wall;
        RateMath math = mathOf(builder.rate);
        begin(BucketState.of(math, builder.initialPermits(), dated(math, time.nanoTime())));
    }

    /**
     * Starts to build a bucket.
     *
     * @param rate how many permits come at the end of each period
     * @return a builder that makes a full bucket on the system's clock whose first period begins when it is built,
     *     unless configured otherwise
     */
    public static Builder builder(Rate rate) {
        return new Builder(rate);
    }

    /** The last end of a period. */
    @Override
    long dated(RateMath math, long now) {
        WallPeriods periods = math.wallPeriods;
        return periods == null ? now - math.sinceStart(now) % math.periodNanos() : periods.startNanos();
    }

    @Override
    RateMath mathOf(Rate rate) {
        long start = time.nanoTime();
        return new RateMath(
                rate,
                start,
                wall == null ? null : new WallPeriods(wall, rate.period().toNanos(), start));
    }

    @Override
    long nanosUntil(RateMath math, long level, long permits) {
        long period = math.periodNanos();
        WallPeriods periods = math.wallPeriods;
        long now = time.nanoTime(); // once: another reading may be of the next period
        long sinceLastEnd = periods == null ? math.sinceStart(now) % period : 0;
        long lastEnd = periods == null ? now - sinceLastEnd : periods.startNanos();
        long fromLastEnd = math.nanosUntil(level, lastEnd, permits);
        if (fromLastEnd == 0 || fromLastEnd > Long.MAX_VALUE - period) {
            return fromLastEnd;
        }
        long wholePeriods = (fromLastEnd + period - 1) / period;
        return periods == null ? wholePeriods * period - sinceLastEnd : periods.nanosUntilEnd(wholePeriods);
    }

    @Override
    long trustedNanos() {
        return wall == null ? WaitingLine.FOR_EVER : TRUSTED_NANOS;
    }

    /**
     * Builds an {@link IntervalBucket}.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder extends BucketBuilder<Builder> {
        private @Nullable Clock wall;

        private Builder(Rate rate) {
            super(rate);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Aligns the ends of the periods to a wall clock, and lets them follow it: a day ends at midnight, a minute at
         * its full minute, in the clock's time zone, also after the machine was suspended and when summer time begins
         * or ends. Requests read the wall clock then, and those that wait look at it each minute. A wall clock that is
         * set forward makes permits come earlier; one that is set back gives none for the periods that it repeats.
         *
         * @param wall the wall clock, for instance {@link Clock#systemUTC()}
         * @return this builder
         */
        public Builder alignedTo(Clock wall) {
            this.wall = Objects.requireNonNull(wall, "wall");
            return this;
        }

        /**
         * Builds the bucket.
         *
         * @return a new bucket
         */
        public IntervalBucket build() {
            return new IntervalBucket(this);
        }
    }
}
