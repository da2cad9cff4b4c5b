package dev.weir.ratelimit;

import java.math.BigInteger;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A bucket whose permits come all at once: at the end of each period of the rate, as many as the rate has in a period, up
 * to the burst. For limits that are defined so, such as a quota per calendar day; where they are not, a {@link
 * TokenBucket} treats its users better.
 *
 * <p><b>Twice the limit.</b> Who takes the burst just before the end of a period can take as much again just after it. In
 * a window of length t, at most {@code burst + permits × (1 + t / period)} permits are admitted, the quotient rounded
 * down.
 *
 * <p><b>Periods</b> begin when the bucket is built, or are aligned to a wall clock by {@link Builder#alignedTo}. They
 * are measured by the monotonic clock from then on, so that a wall clock that is set does not move them; they begin anew
 * when the rate is replaced. All else is as with the {@link TokenBucket}.
 */
public final class IntervalBucket extends BucketLimiter {
    private final @Nullable Clock wall;

    private IntervalBucket(Builder builder) {
        super(builder.settings());
        this.wall = builder.wall;
        long start = epoch(builder.rate);
        begin(BucketState.of(new RateMath(builder.rate, start), builder.initialPermits(), start));
    }

    /**
     * Starts to build a bucket.
     *
     * @param rate how many permits come at the end of each period
     * @return a builder that makes a full bucket on the system's clock whose first period begins when it is built, unless
     *     told otherwise
     */
    public static Builder builder(Rate rate) {
        return new Builder(rate);
    }

    /** The last end of a period. */
    @Override
    long dated(RateMath math, long now) {
        return now - math.sinceStart(now) % math.periodNanos();
    }

    @Override
    RateMath mathOf(Rate rate) {
        return new RateMath(rate, epoch(rate));
    }

    private long epoch(Rate rate) {
        long now = time.nanoTime();
        if (wall == null) {
            return now;
        }
        ZonedDateTime local = ZonedDateTime.now(wall);
        long period = rate.period().toNanos();
        // Exact also where the nanoseconds since 1970 and a period of up to 36 years overflow when they are added.
        BigInteger local1970 = BigInteger.valueOf(
                        local.toEpochSecond() + local.getOffset().getTotalSeconds())
                .multiply(BigInteger.valueOf(1_000_000_000))
                .add(BigInteger.valueOf(local.getNano()));
        return now - local1970.mod(BigInteger.valueOf(period)).longValueExact();
    }

    @Override
    long nanosUntil(RateMath math, long level, long permits) {
        long period = math.periodNanos();
        long now = time.nanoTime(); // once: another reading may be of the next period
        long sinceLastEnd = math.sinceStart(now) % period;
        long fromLastEnd = math.nanosUntil(level, now - sinceLastEnd, permits);
        if (fromLastEnd == 0 || fromLastEnd > Long.MAX_VALUE - period) {
            return fromLastEnd;
        }
        long wholePeriods = (fromLastEnd + period - 1) / period * period;
        return wholePeriods - sinceLastEnd;
    }

    /** Builds an {@link IntervalBucket}. Not thread-safe. */
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
         * Aligns the ends of the periods to a wall clock: a day ends at midnight, a minute at its full minute, in the
         * clock's time zone. The offset is looked up once, when the bucket is built and when the rate is replaced; a
         * later change of summer time is not followed.
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
