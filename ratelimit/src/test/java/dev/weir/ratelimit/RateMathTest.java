package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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

    /** The least whole number of nanoseconds for which {@code nanos * num + remainder >= missing * den}. */
    private static long wait(long missing, BigInteger remainder, BigInteger num, BigInteger den) {
        BigInteger[] wait = big(missing).multiply(den).subtract(remainder).divideAndRemainder(num);
        BigInteger nanos = wait[1].signum() == 0 ? wait[0] : wait[0].add(BigInteger.ONE);
        return nanos.bitLength() > 63 ? Long.MAX_VALUE : nanos.longValue();
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

            long missing = upTo(random, Long.MAX_VALUE);
            assertEquals(
                    wait(missing, grown[1], num, den), math.nanosUntil(elapsed, missing), what + " missing " + missing);
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

    /** Three permits in a period that is no multiple of three, and a permit is a unit. */
    private static final long PERIOD = (1L << 59) + 3;

    private static final Rate SLOW = new Rate(3, Duration.ofNanos(PERIOD), 1L << 59);

    /** A reading of the clock so long after the epoch of a rate of such a period, which it begins a period before 0. */
    private static long reading(long elapsed) {
        return elapsed - PERIOD;
    }

    @Test
    void a_full_bucket_loses_the_fraction_that_has_grown() {
        RateMath math = new RateMath(SLOW, 0);
        assertEquals(0, math.shift);
        for (int periods = 1; periods < 15; periods++) {
            long aThirdUnit = (PERIOD + 1) / 3 + periods * PERIOD; // a unit more than in the periods, and a bit
            long grown = 3L * periods + 1;
            assertEquals(grown, math.grown(aThirdUnit));
            assertEquals(grown + 2, math.admit(grown, reading(aThirdUnit), 1), "rounded up, and one is taken");
            assertEquals(grown + 2, math.admit(grown - 1, reading(aThirdUnit), 1), "it was full before");
            assertEquals(grown + 2, math.admit(grown + 1, reading(aThirdUnit), 1), "one was missing, and one more is");
        }
    }

    @Test
    void the_last_permit_is_there_at_the_very_end_of_a_period() {
        RateMath math = new RateMath(SLOW, 0);
        for (int periods = 1; periods < 15; periods++) {
            long empty = 3L * periods + math.burst;
            long end = reading(periods * PERIOD);
            assertEquals(empty, math.admit(empty - 1, end, 1));
            assertEquals(RateMath.NONE, math.admit(empty - 1, end - 1, 1));
            assertEquals(RateMath.NONE, math.admit(empty, end, 1));
            assertEquals(3L * periods + 1, math.admit(3L * periods, end, 1), "full, without a fraction");
        }
    }

    @Test
    void a_bucket_lacks_as_much_as_a_debt_and_a_clock_stale_by_an_hour_explain_and_is_full_beyond() {
        RateMath math = new RateMath(Rate.perSecond(10), 0);
        long anHour = Duration.ofHours(1).toNanos();
        long inAnHour = math.grown(2 * anHour) - math.grown(anHour);
        assertEquals(math.burst + RateMath.MOST_DEBT + inAnHour, math.mostMissing);
        long now = 5;
        long most = math.levelOf(0, now) + math.mostMissing;
        assertEquals(math.mostMissing, math.missing(most, now));
        assertEquals(RateMath.NONE, math.admit(most, now, 1));
        assertEquals(0, math.missing(most + 1, now));
        assertTrue(math.admit(most + 1, now, 1) != RateMath.NONE);
        assertEquals(0, math.missing(math.levelOf(0, now) - 1, now));
    }

    @Test
    void waits_are_exact_where_the_product_is_next_to_a_multiple_of_the_word() {
        long permits = (1L << 59) + 1;
        BigInteger num = big(permits);
        BigInteger den = big(PERIOD);
        RateMath math = new RateMath(new Rate(permits, Duration.ofNanos(PERIOD), 1L << 60), 0);
        BigInteger word = BigInteger.ONE.shiftLeft(64);
        int found = 0;
        for (int remainder = 1; remainder < 100; remainder++) {
            long elapsed = big(remainder).multiply(num.modInverse(den)).mod(den).longValueExact();
            long missing =
                    big(remainder).multiply(den.modInverse(word)).mod(word).longValue();
            if (missing > 0) { // the low word of missing * den is the remainder, and what is left of it 0
                found++;
                for (long near = missing - 1; near <= missing + 1; near++) {
                    assertEquals(wait(near, big(remainder), num, den), math.nanosUntil(elapsed, near), "of " + near);
                }
            }
        }
        assertTrue(found > 10, "found " + found);
    }

    @Test
    void waits_beyond_the_clock_are_for_ever() {
        RateMath math = new RateMath(new Rate(3, Duration.ofNanos(1L << 59), 1L << 59), 0);
        assertEquals(15L << 59, math.nanosUntil(0, 45));
        assertEquals(Long.MAX_VALUE, math.nanosUntil(0, 48), "2^63 ns");
        assertEquals(Long.MAX_VALUE, math.nanosUntil(0, 96), "2^64 ns");
        assertEquals(Long.MAX_VALUE, math.nanosUntil(0, 97));
        long amidAUnit = big(3).modInverse(BigInteger.ONE.shiftLeft(59)).longValueExact();
        assertEquals(Long.MAX_VALUE, math.nanosUntil(amidAUnit, 48), "a third of a ns before 2^63 ns");
        assertEquals(Long.MAX_VALUE, math.nanosUntil(amidAUnit, 96), "a third of a ns before 2^64 ns");
    }

    @Test
    void nothing_lacks_nothing_is_waited_for_amid_a_unit() {
        RateMath math = new RateMath(SLOW, 0);
        assertEquals(0, math.nanosUntil(1_000, 0));
        assertEquals(0, math.nanosUntil(1_000, -1));
        RateMath fast = new RateMath(new Rate((1L << 59) + 1, Duration.ofNanos(PERIOD), 1L << 60), 0);
        assertEquals(0, fast.nanosUntil(1_000, 0));
        assertEquals(0, fast.nanosUntil(1_000, -1));
    }

    @Test
    void huge_requests_wait_exactly_as_long_as_they_must_until_their_sum_overflows() {
        RateMath math = new RateMath(new Rate(1_000, Duration.ofNanos(1), 1L << 60), 0);
        long empty = math.levelOf(math.burst, 0);
        long most = Long.MAX_VALUE - math.mostMissing;
        assertEquals(Math.ceilDiv(most, 1_000), math.nanosUntil(empty, 0, most));
        assertEquals(Long.MAX_VALUE, math.nanosUntil(empty, 0, most + 1));
        assertEquals(Long.MAX_VALUE, math.nanosUntil(empty, 0, Long.MAX_VALUE));
        RateMath halves = new RateMath(Rate.of(2, Duration.ofNanos(3)), 0);
        assertEquals(1, halves.shift);
        assertEquals(Long.MAX_VALUE, halves.nanosUntil(halves.levelOf(1, -9), -9, Long.MAX_VALUE >> 1), "no overflow");
        assertEquals(Long.MAX_VALUE - 1, halves.units(Long.MAX_VALUE >> 1));
        assertEquals(Long.MAX_VALUE, halves.units((Long.MAX_VALUE >> 1) + 1));
    }

    @Test
    void what_grows_between_two_readings_is_rounded_up_and_at_most_a_burst() {
        RateMath math = new RateMath(Rate.of(3, Duration.ofNanos(1_000_000_007)).withBurst(2), 0);
        for (long since : new long[] {0, 1, 333_333_335, 1_000_000_007}) {
            assertEquals(0, math.grownBetween(since, since - 1));
            for (long took : new long[] {0, 1, 2, 1_000, 333_333_336}) {
                BigInteger atMost = BigInteger.valueOf(math.units(3))
                        .multiply(BigInteger.valueOf(took + 1))
                        .divide(BigInteger.valueOf(1_000_000_007))
                        .add(BigInteger.ONE);
                BigInteger atLeast = BigInteger.valueOf(math.units(3))
                        .multiply(BigInteger.valueOf(took))
                        .divide(BigInteger.valueOf(1_000_000_007));
                long grown = math.grownBetween(since, since + took);
                assertTrue(BigInteger.valueOf(grown).compareTo(atMost.add(BigInteger.ONE)) <= 0, "too much: " + grown);
                assertTrue(BigInteger.valueOf(grown).compareTo(atLeast) >= 0, "too little: " + grown);
            }
            assertEquals(math.burst, math.grownBetween(since, since + 1_000_000_007L));
        }
    }

    @Test
    void none_and_a_whole_burst_can_be_asked_for() {
        RateMath math = new RateMath(Rate.perSecond(5), 0);
        math.check(0);
        math.check(5);
        assertThrows(IllegalArgumentException.class, () -> math.check(-1));
        assertThrows(IllegalArgumentException.class, () -> math.check(6));
    }
}
