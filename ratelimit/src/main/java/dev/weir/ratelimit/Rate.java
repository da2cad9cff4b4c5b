package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import java.math.BigInteger;
import java.time.Duration;

/**
 * How often something is permitted: a number of permits per period, growing continuously, and how many of them may be
 * used at once after a pause.
 *
 * <p>A rate is exact. Seven permits per 11 ms is seven per 11 ms also after a year; nothing is rounded to a whole
 * number of nanoseconds per permit. The period only sets the ratio: 60 a minute and one a second are the same rate, but
 * for the burst that they imply. There is no rate of 0: {@link RateLimiter#pauseFor} lets nobody through for a while.
 *
 * <p>Immutable.
 *
 * @param permits how many permits per period, at least 1 and at most 2<sup>60</sup>
 * @param period the period, at least a nanosecond and at most 2<sup>60</sup> ns (36 years)
 * @param burst how many permits a limiter saves up while nobody asks, at least 1 and at most 2<sup>60</sup>; 1 spaces
 *     permits evenly
 */
public record Rate(long permits, Duration period, long burst) {
    private static final long MOST = 1L << 60;
    private static final long MOST_PER_NANO = 1_000;

    /**
     * Creates a rate.
     *
     * @param permits how many permits per period
     * @param period the period, at least a nanosecond
     * @param burst how many permits a limiter saves up
     * @throws IllegalArgumentException if a number is out of its range, or the rate is above a thousand permits per
     *     nanosecond
     */
    public Rate {
        checkRange(permits, "permits");
        checkRange(burst, "burst");
        long nanos = Checks.saturatedNanos(Checks.positive(period, "period"));
        if (nanos > MOST) {
            throw new IllegalArgumentException("period must be at most 2^60 ns (36 years), but is " + period);
        }
        if (permits / MOST_PER_NANO > nanos) {
            throw new IllegalArgumentException(
                    "permits must be at most " + MOST_PER_NANO + " per ns, but is " + permits + " per " + period);
        }
    }

    private static void checkRange(long value, String name) {
        if (Checks.positive(value, name) > MOST) {
            throw new IllegalArgumentException(name + " must be at most 2^60, but is " + value);
        }
    }

    /**
     * A number of permits per period, all of which may be used at once after a pause.
     *
     * @param permits how many permits per period
     * @param period the period, at least a nanosecond
     * @return the rate, with a burst of {@code permits}
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static Rate of(long permits, Duration period) {
        return new Rate(permits, period, permits);
    }

    /**
     * A number of permits per second, all of which may be used at once after a pause.
     *
     * @param permits how many permits per second
     * @return the rate, with a burst of {@code permits}
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    public static Rate perSecond(long permits) {
        return of(permits, Duration.ofSeconds(1));
    }

    /**
     * A number of permits per minute, all of which may be used at once after a pause.
     *
     * @param permits how many permits per minute
     * @return the rate, with a burst of {@code permits}
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    public static Rate perMinute(long permits) {
        return of(permits, Duration.ofMinutes(1));
    }

    /**
     * A number of permits per hour, all of which may be used at once after a pause.
     *
     * @param permits how many permits per hour
     * @return the rate, with a burst of {@code permits}
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    public static Rate perHour(long permits) {
        return of(permits, Duration.ofHours(1));
    }

    /**
     * A number of permits per 24 hours, all of which may be used at once after a pause.
     *
     * @param permits how many permits per 24 hours
     * @return the rate, with a burst of {@code permits}
     * @throws IllegalArgumentException if {@code permits} is out of its range
     */
    public static Rate perDay(long permits) {
        return of(permits, Duration.ofDays(1));
    }

    /**
     * How many permits grow in a time.
     *
     * @param time a duration, not negative
     * @return their number, rounded up; {@link Long#MAX_VALUE} if it is beyond it
     * @throws IllegalArgumentException if {@code time} is negative
     */
    public long permitsIn(Duration time) {
        BigInteger nanos = BigInteger.valueOf(Checks.saturatedNanos(Checks.notNegative(time, "time")));
        BigInteger periodNanos = BigInteger.valueOf(period.toNanos());
        BigInteger roundedUp = BigInteger.valueOf(permits)
                .multiply(nanos)
                .add(periodNanos)
                .subtract(BigInteger.ONE)
                .divide(periodNanos);
        return roundedUp.min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact();
    }

    /**
     * The same rate with another burst.
     *
     * @param burst how many permits a limiter saves up while nobody asks; 1 spaces permits evenly
     * @return the rate
     * @throws IllegalArgumentException if {@code burst} is out of its range
     */
    public Rate withBurst(long burst) {
        return new Rate(permits, period, burst);
    }
}
