package dev.weir.ratelimit.redis;

import dev.weir.ratelimit.Rate;
import java.math.BigInteger;

/**
 * A rate in whole units: {@code unitsPerMicro} units grow in a microsecond, and a permit is {@code unitsPerPermit} of
 * them. Their ratio is the rate exactly, so nothing is rounded but the server's clock. The script counts in doubles,
 * which are exact up to 2<sup>53</sup>.
 *
 * @param unitsPerMicro how many units grow in a microsecond
 * @param unitsPerPermit how many units a permit is
 * @param burst how many permits a full bucket holds
 */
record RedisRate(long unitsPerMicro, long unitsPerPermit, long burst) {
    private static final BigInteger MOST = BigInteger.ONE.shiftLeft(52);
    private static final BigInteger NANOS_PER_MICRO = BigInteger.valueOf(1_000);

    static RedisRate of(Rate rate) {
        BigInteger perMicro = BigInteger.valueOf(rate.permits()).multiply(NANOS_PER_MICRO);
        BigInteger nanos = BigInteger.valueOf(rate.period().toNanos());
        BigInteger divisor = perMicro.gcd(nanos);
        BigInteger units = perMicro.divide(divisor);
        BigInteger perPermit = nanos.divide(divisor);
        BigInteger full = perPermit.multiply(BigInteger.valueOf(rate.burst()));
        if (full.compareTo(MOST) > 0 || units.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("rate must have a burst of at most 2^52 units, and at most 2^52 units"
                    + " per µs, but " + rate + " has a burst of " + rate.burst() + " × " + perPermit + " = " + full
                    + " units at " + units + " per µs");
        }
        return new RedisRate(units.longValueExact(), perPermit.longValueExact(), rate.burst());
    }
}
