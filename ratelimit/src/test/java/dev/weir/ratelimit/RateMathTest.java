package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The fast arithmetic against the same in integers without bounds. */
class RateMathTest {
    private static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }

    private static long upTo(Random random, long most) {
        long bits = random.nextLong() >>> (1 + random.nextInt(62));
        return 1 + Math.floorMod(bits, most);
    }

    private static Rate anyRate(Random random) {
        while (true) {
            long permits = upTo(random, 1L << 60);
            long nanos = upTo(random, 1L << 60);
            if (permits / 1_000 <= nanos) {
                return new Rate(permits, Duration.ofNanos(nanos), upTo(random, 1L << 60));
            }
        }
    }

    @Test
    void growth_and_waits_are_exact_for_any_rate() {
        long seed = System.nanoTime();
        System.out.println("growth_and_waits_are_exact_for_any_rate seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 200_000; i++) {
            Rate rate = anyRate(random);
            RateMath math = new RateMath(rate, 0);
            BigInteger num = big(rate.permits()).shiftLeft(math.shift);
            BigInteger den = big(rate.period().toNanos());
            long elapsed = random.nextBoolean() ? upTo(random, Long.MAX_VALUE) - 1 : random.nextInt(1_000);
            String what = rate + " after " + elapsed + ", seed " + seed;

            BigInteger[] grown = big(elapsed).multiply(num).divideAndRemainder(den);
            assertEquals(grown[0].longValue(), math.grown(elapsed), what);
            long up = grown[1].signum() == 0 ? grown[0].longValue() : grown[0].longValue() + 1;
            assertEquals(up, math.grownUp(elapsed), what);

            long missing = upTo(random, Long.MAX_VALUE >> 1);
            BigInteger[] wait = big(missing).multiply(den).subtract(grown[1]).divideAndRemainder(num);
            BigInteger nanos = wait[1].signum() == 0 ? wait[0] : wait[0].add(BigInteger.ONE);
            long expected = nanos.bitLength() > 63 ? Long.MAX_VALUE : nanos.longValue();
            assertEquals(expected, math.nanosUntil(elapsed, missing), what + " missing " + missing);
        }
    }

    @Test
    void a_unit_grows_in_a_nanosecond_unless_the_burst_needs_the_bits() {
        for (long permits : new long[] {1, 3, 44_100, 999_999_937, 1_000_000_000}) {
            RateMath math = new RateMath(Rate.perSecond(permits).withBurst(1), 0);
            long inASecond = math.grown(1_000_000_000);
            assertTrue(inASecond > 1_000_000_000L && inASecond <= 2_000_000_000L, permits + "/s: " + inASecond);
        }
        RateMath yearly = new RateMath(Rate.of(1, Duration.ofDays(365)).withBurst(1_000_000), 0);
        assertEquals(60, Long.SIZE - Long.numberOfLeadingZeros(yearly.burst));
    }

    @Test
    void units_beyond_the_range_saturate() {
        RateMath math = new RateMath(Rate.perSecond(1), 0);
        assertEquals(Long.MAX_VALUE, math.units(Long.MAX_VALUE));
        assertEquals(0, math.nanosUntil(5, 0));
        assertEquals(0, math.nanosUntil(5, -7));
    }
}
