package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import java.math.BigInteger;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of one rate, from when it took effect: exact, without state, and without waiting. It alone decides.
 *
 * <p>Permits are counted in <em>units</em> of 2<sup>-shift</sup> permits, chosen so fine that a unit grows in at most a
 * nanosecond, as long as a whole burst still fits into 60 bits. The rate is then {@code num / den} units per
 * nanosecond, in lowest terms, and the units that have grown since the limiter's epoch are {@code floor(elapsed * num /
 * den)}: always computed from the epoch, so that no rounding adds up.
 *
 * <p>The division is Barrett's: multiply by the reciprocal {@code 2^64 * num / den}, rounded down, which is short by
 * one at most, and correct by the remainder.
 *
 * <p>A bucket's state is its <em>level</em>, the units that had to have grown for it to be what it is. At {@code now},
 *
 * <pre>
 *   missing = level - grown(now)     what the bucket lacks of being full; full if &lt;= 0
 *   admit n:  missing + n &lt;= burst   then level' = max(level, ceil grown(now)) + n
 * </pre>
 *
 * On a clock whose readings lag by up to its resolution, the moment of an admission is between {@code now} and
 * {@code now + resolution}. A request is admitted as of the former, and what it takes of a bucket that is nearly full
 * is dated as of the latter: {@code level' = max(level, ceil grown(now) + lag) + n}, where {@code lag} is what grows
 * within the resolution. So the bound of every window holds in real time, and the permits of a burst that are taken one
 * by one are fewer by {@code lag}. With a resolution of a nanosecond {@code lag} is 0.
 *
 * <p>A stale {@code now} makes {@code missing} larger: safe. Both wrap, for rates far above one permit per nanosecond
 * within months. {@code missing} beyond what a burst and a stale clock explain can only be a bucket that was idle for
 * so long, hence is full.
 *
 * <p>Units that were used without being asked for are charged as those that are admitted, whether they are there or
 * not: {@code missing} beyond the burst is a debt, which must grow before anything is there again.
 */
final class RateMath {
    /** No level: the answer that there is nothing to change. */
    static final long NONE = Long.MIN_VALUE;

    /** The largest debt: what grows in at least nine years, at a permit per nanosecond or less. */
    static final long MOST_DEBT = 1L << 59;

    private static final int BURST_BITS = 60;
    private static final BigInteger STALEST_NANOS = BigInteger.valueOf(3_600_000_000_000L);

    final Rate rate;

    /** The periods at whose ends the permits come, if they follow a wall clock. */
    final @Nullable WallPeriods wallPeriods;

    /** A permit is {@code 1 << shift} units. */
    final int shift;

    /** The burst in permits: the largest request that can ever be granted. */
    final long largest;

    /** The burst in units. */
    final long burst;

    /** The units that grow within the resolution of the clock, rounded up. */
    private final long lag;

    /** The most that a bucket can lack of being full, in debt and as a clock sees it that is stale by an hour. */
    final long mostMissing;

    /** How long before the start the epoch is: at least an hour, in which a whole number of units grows. */
    private final long leadNanos;

    private final long epochNanos;
    private final long num;
    private final long den;
    private final long reciprocalWhole;
    private final long reciprocalFraction;

    RateMath(Rate rate, long startNanos) {
        this(rate, startNanos, Duration.ZERO, null);
    }

    /** The arithmetic of a rate whose permits come at the ends of periods, of a wall clock if there is one. */
    RateMath(Rate rate, long startNanos, @Nullable WallPeriods wallPeriods) {
        this(rate, startNanos, Duration.ZERO, wallPeriods);
    }

    /**
     * The arithmetic of a rate on a clock.
     *
     * @throws IllegalArgumentException if more permits grow within the resolution than the burst holds
     */
    RateMath(Rate rate, long startNanos, Duration resolution) {
        this(rate, startNanos, resolution, null);
    }

    private RateMath(Rate rate, long startNanos, Duration resolution, @Nullable WallPeriods wallPeriods) {
        this.wallPeriods = wallPeriods;
        this.rate = rate;
        BigInteger permits = BigInteger.valueOf(rate.permits());
        BigInteger nanos = BigInteger.valueOf(rate.period().toNanos());
        // The largest shift with permits << shift <= 2 * nanos, so that a unit takes between half and one nanosecond.
        int finest = Math.max(0, nanos.shiftLeft(1).divide(permits).bitLength() - 1);
        int widest = Math.max(0, BURST_BITS - BigInteger.valueOf(rate.burst()).bitLength());
        this.shift = Math.min(finest, widest);
        this.largest = rate.burst();
        this.burst = rate.burst() << shift;
        BigInteger units = permits.shiftLeft(shift);
        this.lag = lag(rate, units, nanos, resolution);
        this.mostMissing = burst
                + MOST_DEBT
                + lag
                + units.multiply(STALEST_NANOS).divide(nanos).longValueExact();
        BigInteger gcd = units.gcd(nanos);
        this.num = units.divide(gcd).longValueExact();
        this.den = nanos.divide(gcd).longValueExact();
        this.leadNanos = Math.ceilDiv(STALEST_NANOS.longValueExact(), den) * den;
        this.epochNanos = startNanos - leadNanos;
        BigInteger reciprocal = units.shiftLeft(64).divide(nanos);
        this.reciprocalWhole = reciprocal.shiftRight(64).longValueExact();
        this.reciprocalFraction = reciprocal.longValue();
    }

    private long lag(Rate rate, BigInteger units, BigInteger nanos, Duration resolution) {
        long lagNanos = Checks.lagNanos(resolution);
        if (lagNanos == 0) {
            return 0;
        }
        BigInteger[] quotient = units.multiply(BigInteger.valueOf(lagNanos)).divideAndRemainder(nanos);
        BigInteger grown = quotient[1].signum() == 0 ? quotient[0] : quotient[0].add(BigInteger.ONE);
        if (grown.compareTo(BigInteger.valueOf(burst)) > 0) {
            BigInteger least = grown.add(BigInteger.ONE.shiftLeft(shift))
                    .subtract(BigInteger.ONE)
                    .shiftRight(shift);
            throw new IllegalArgumentException("burst must be at least " + least + " on a clock with a resolution of "
                    + resolution + ", within which that number of permits grow, but is " + rate.burst());
        }
        return grown.longValueExact();
    }

    /** The nanoseconds since the epoch, which is before all readings that a clock may give, stale ones, too. */
    private long elapsed(long now) {
        return now - epochNanos;
    }

    /** The nanoseconds since the rate took effect, to count whole periods. */
    long sinceStart(long now) {
        return Math.max(0, elapsed(now) - leadNanos);
    }

    long periodNanos() {
        return rate.period().toNanos();
    }

    /** The level after that number of units is taken, {@link #NONE} if they are not there. */
    long admit(long level, long now, long wanted) {
        long elapsed = elapsed(now);
        long grown = estimate(elapsed);
        long missing = level - grown;
        if (missing > lag + 1 && missing <= burst - wanted) {
            return proper(level + wanted); // whether the estimate is right or one too small
        }
        long rest = elapsed * num - grown * den;
        if (rest >= den) {
            rest -= den;
            grown++;
            missing--;
        }
        boolean full = missing <= 0 || missing > mostMissing;
        if (!full && missing > burst - wanted) {
            return NONE;
        }
        // Rounded up, so that no window sees a fraction twice.
        return proper((full || missing <= lag ? (rest == 0 ? grown : grown + 1) + lag : level) + wanted);
    }

    /** The level after units were used that may not have been there; {@link #NONE} if there were none. */
    long charge(long level, long now, long units) {
        long missing = missing(level, now);
        long charged = Math.min(units, burst + MOST_DEBT - missing);
        if (charged <= 0) {
            return NONE; // as large a debt as can be
        }
        // Dated as an admission is.
        return proper((missing <= lag ? grownUp(elapsed(now)) + lag : level) + charged);
    }

    /** The level after units are given back, {@link #NONE} if the bucket is full already. */
    long refund(long level, long now, long units) {
        return missing(level, now) == 0 ? NONE : proper(level - units);
    }

    /** The level of a bucket that lacks that number of units, rounded up unless it is full. */
    long levelOf(long missing, long now) {
        long elapsed = elapsed(now);
        return proper(missing == 0 ? grown(elapsed) : grownUp(elapsed) + missing);
    }

    /** A nanosecond's worth less instead of the one value that is no level. */
    private static long proper(long level) {
        return level == NONE ? NONE + 1 : level;
    }

    /** What the bucket lacks of being full, rounded up. */
    long missing(long level, long now) {
        return lacked(level, grown(elapsed(now)));
    }

    /** The same, rounded down: what may come back without a fraction of a unit that has grown in its place. */
    long missingAtLeast(long level, long now) {
        return lacked(level, grownUp(elapsed(now)));
    }

    private long lacked(long level, long grown) {
        long missing = level - grown;
        return missing > mostMissing ? 0 : Math.max(0, missing);
    }

    /** The whole permits that are there. A stale clock may see less than nothing. */
    long available(long level, long now) {
        return Math.max(0, burst - missing(level, now)) >> shift;
    }

    /** The nanoseconds until that number of permits is there, {@link Long#MAX_VALUE} for beyond the clock. */
    long nanosUntil(long level, long now, long permits) {
        long wanted = units(permits);
        // Nothing below overflows, as no bucket lacks more than the most.
        return wanted > Long.MAX_VALUE - mostMissing
                ? Long.MAX_VALUE
                : nanosUntil(elapsed(now), wanted - burst + missing(level, now));
    }

    /** The units that grow from one reading to a later one, rounded up; at most a burst. */
    long grownBetween(long since, long now) {
        long grown = grownUp(elapsed(now)) - grown(elapsed(since));
        return now - since < 0 ? 0 : grown < 0 ? burst : Math.min(burst, grown);
    }

    /** The units that have grown after a number of nanoseconds, rounded down, modulo 2^64. */
    long grown(long elapsed) {
        long quotient = estimate(elapsed);
        return elapsed * num - quotient * den >= den ? quotient + 1 : quotient;
    }

    /** The same, rounded up. */
    long grownUp(long elapsed) {
        long quotient = grown(elapsed);
        return elapsed * num == quotient * den ? quotient : quotient + 1;
    }

    /** Right, or one too small; hence {@code elapsed * num - quotient * den} is in [0, 2 * den), also modulo 2^64. */
    private long estimate(long elapsed) {
        return elapsed * reciprocalWhole + Math.unsignedMultiplyHigh(elapsed, reciprocalFraction);
    }

    /** Refuses requests that can never be granted. */
    void check(long permits) {
        if (permits < 0 || permits > largest) {
            throw new IllegalArgumentException(
                    "permits must be from 0 to the burst of " + largest + ", but is " + permits);
        }
    }

    /** The units of a number of permits, {@link Long#MAX_VALUE} if they are beyond it. */
    long units(long permits) {
        return permits > Long.MAX_VALUE >> shift ? Long.MAX_VALUE : permits << shift;
    }

    /**
     * The nanoseconds after {@code elapsed} until {@code missing} more units have grown than {@link #grown} gives now:
     * exactly the least number for which {@code grown(elapsed + nanos) - grown(elapsed) >= missing}.
     * {@link Long#MAX_VALUE} if they are beyond it.
     */
    long nanosUntil(long elapsed, long missing) {
        if (missing <= 0) {
            return 0;
        }
        long remainder = elapsed * num - grown(elapsed) * den;
        // nanos * num + remainder >= missing * den, where the product has up to 123 bits
        long high = Math.multiplyHigh(missing, den);
        long low = missing * den;
        if (Long.compareUnsigned(low, remainder) < 0) {
            high--;
        }
        low -= remainder;
        return divideUp(high, low, num);
    }

    /** The quotient of a positive 128-bit number, rounded up, {@link Long#MAX_VALUE} if it is beyond it. */
    private static long divideUp(long high, long low, long divisor) {
        if (high >= divisor) {
            return Long.MAX_VALUE;
        }
        // Bit by bit: this is the waiting path, and it must not allocate.
        long remainder = high;
        long quotient = 0;
        for (int bit = 63; bit >= 0; bit--) {
            remainder = (remainder << 1) | ((low >>> bit) & 1);
            quotient <<= 1;
            if (Long.compareUnsigned(remainder, divisor) >= 0) {
                remainder -= divisor;
                quotient |= 1;
            }
        }
        if (remainder != 0) {
            quotient++;
        }
        return quotient <= 0 ? Long.MAX_VALUE : quotient; // 0 only if rounding it up has wrapped it
    }
}
