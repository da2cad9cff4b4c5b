package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final Duration CENTURIES = Duration.ofNanos(Long.MAX_VALUE);

    /** Jitter added after the cap exceeds it (Failsafe), or puts every client on it (Resilience4j, Polly). */
    @Test
    void jitter_neither_exceeds_the_cap_nor_puts_every_client_on_it() {
        long seed = System.nanoTime();
        System.out.println("jitter seed " + seed);
        Random random = new Random(seed);
        Duration cap = Duration.ofMillis(10);
        Backoff grown = Backoff.exponential(Duration.ofSeconds(1), 2);
        for (Backoff backoff : List.of(
                grown.withProportionalJitter(0.5).withCap(cap),
                grown.withFullJitter().withCap(cap),
                grown.withEqualJitter().withCap(cap),
                grown.withDecorrelatedJitter().withCap(cap),
                Backoff.fixed(Duration.ofMillis(1)).withDecorrelatedJitter().withCap(cap))) {
            int onCap = 0;
            for (int i = 0; i < 10_000; i++) {
                long delay = backoff.delayNanos(100, cap.toNanos(), random);
                assertTrue(delay >= 0 && delay <= cap.toNanos());
                onCap += delay == cap.toNanos() ? 1 : 0;
            }
            // A first delay above the cap leaves decorrelated jitter nothing to draw from.
            boolean nothingToDraw = backoff instanceof Backoffs.DecorrelatedJitter decorrelated
                    && decorrelated.of().delayNanos(1, 0, random) > cap.toNanos();
            assertTrue(nothingToDraw || onCap < 10, backoff + " " + onCap);
        }
    }

    /** Negative at step 53 (Spring), zero (go-retry), in time O(attempt) (Resilience4j). */
    @Test
    void the_delay_neither_turns_negative_nor_zero_nor_slow_to_compute() {
        Random random = new Random(1);
        for (Backoff backoff : List.of(
                Backoff.exponential(Duration.ofSeconds(1), 2),
                Backoff.fibonacci(Duration.ofSeconds(1)),
                Backoff.linear(Duration.ofDays(1)))) {
            for (int retry : new int[] {52, 53, 54, 62, 63, 64, 65, 93, 1_000_000, Integer.MAX_VALUE}) {
                assertTrue(
                        backoff.delayNanos(retry, 0, random)
                                >= Duration.ofSeconds(1).toNanos(),
                        backoff + " " + retry);
            }
        }
        long start = System.nanoTime();
        for (int i = 0; i < 100_000; i++) {
            Backoff.fibonacci(Duration.ofSeconds(1)).delayNanos(Integer.MAX_VALUE - i, 0, random);
        }
        assertTrue(System.nanoTime() - start < 60_000_000_000L); // in proportion to the retry it would take days
    }

    @Test
    void delays_grow_as_said() {
        Random random = new Random(1);
        Backoff linear = Backoff.linear(Duration.ofNanos(3));
        Backoff exponential = Backoff.exponential(Duration.ofNanos(3), 2);
        assertEquals(0, Backoff.none().delayNanos(1, 0, random));
        assertEquals(
                List.of(3L, 6L, 9L),
                List.of(
                        linear.delayNanos(1, 0, random),
                        linear.delayNanos(2, 0, random),
                        linear.delayNanos(3, 0, random)));
        assertEquals(
                List.of(3L, 6L, 12L),
                List.of(
                        exponential.delayNanos(1, 0, random),
                        exponential.delayNanos(2, 0, random),
                        exponential.delayNanos(3, 0, random)));
    }

    @Test
    void every_delay_is_between_zero_and_the_cap_for_any_retry_base_factor_and_cap() {
        long seed = System.nanoTime();
        System.out.println("backoff seed " + seed);
        Random random = new Random(seed);
        double[] factors = {1, 1.0000001, 1.5, 2, 10, 1e300, Double.MAX_VALUE};
        int[] retries = {1, 2, 3, 52, 53, 54, 62, 63, 64, 65, 1023, 1024, 1025, Integer.MAX_VALUE - 1, Integer.MAX_VALUE
        };
        long[] nanos = {0, 1, 2, 999, 1_000_000_000L, (1L << 53) + 1, Long.MAX_VALUE - 1, Long.MAX_VALUE};
        for (long base : nanos) {
            for (long cap : nanos) {
                for (double factor : factors) {
                    long previous = 0;
                    for (int retry : retries) {
                        Backoff grown = Backoff.exponential(Duration.ofNanos(base), factor);
                        Backoff capped = grown.withCap(Duration.ofNanos(cap));
                        long delay = capped.delayNanos(retry, 0, random);
                        assertTrue(delay >= previous && delay >= Math.min(base, cap) && delay <= cap);
                        previous = delay;
                        for (Backoff backoff : List.of(
                                Backoff.linear(Duration.ofNanos(base)).withCap(Duration.ofNanos(cap)),
                                capped.withFullJitter(),
                                capped.withEqualJitter(),
                                Backoff.fibonacci(Duration.ofNanos(base)).withCap(Duration.ofNanos(cap)),
                                Backoff.custom(n -> Duration.ofNanos(base)).withCap(Duration.ofNanos(cap)),
                                capped.withDecorrelatedJitter(),
                                grown.withDecorrelatedJitter().withCap(Duration.ofNanos(cap)),
                                capped.withProportionalJitter(0.3),
                                capped.withProportionalJitter(1),
                                grown.withProportionalJitter(0.999).withCap(Duration.ofNanos(cap)),
                                capped.withProportionalJitter(0.5)
                                        .withFullJitter()
                                        .withEqualJitter(),
                                capped.withFullJitter().withDecorrelatedJitter().withProportionalJitter(0.1),
                                grown.withFullJitter().withCap(Duration.ofNanos(cap)),
                                grown.withEqualJitter().withCap(Duration.ofNanos(cap)))) {
                            for (long before : new long[] {0, cap, Long.MAX_VALUE}) {
                                long jittered = backoff.delayNanos(retry, before, random);
                                assertTrue(jittered >= 0 && jittered <= cap, backoff + " gave " + jittered);
                            }
                        }
                    }
                }
            }
        }
        assertEquals(Long.MAX_VALUE, Backoff.linear(CENTURIES).delayNanos(Integer.MAX_VALUE, 0, random));
    }

    @Test
    void full_jitter_is_uniform_without_an_atom_at_the_cap() {
        long seed = System.nanoTime();
        System.out.println("jitter seed " + seed);
        Random random = new Random(seed);
        Duration cap = Duration.ofNanos(999); // 1000 values
        Backoff saturated = Backoff.exponential(Duration.ofSeconds(1), 2);
        for (Backoff backoff : List.of(
                saturated.withCap(cap).withFullJitter(),
                saturated.withFullJitter().withCap(cap))) {
            assertUniform(backoff, 0, 0, 999, random);
        }
    }

    @Test
    void the_other_jitters_are_uniform_over_their_ranges_without_an_atom_at_the_cap() {
        long seed = System.nanoTime();
        System.out.println("jitter seed " + seed);
        Random random = new Random(seed);
        Backoff saturated = Backoff.exponential(Duration.ofSeconds(1), 2).withCap(Duration.ofNanos(1998));
        assertUniform(saturated.withEqualJitter(), 0, 999, 1998, random);
        assertUniform(saturated.withProportionalJitter(0.5), 0, 999, 1998, random); // and not up to 2997
        Backoff ten = Backoff.fixed(Duration.ofNanos(10));
        assertUniform(ten.withDecorrelatedJitter(), 400, 10, 1200, random);
        assertUniform(ten.withDecorrelatedJitter().withCap(Duration.ofNanos(909)), 400, 10, 909, random);
        assertUniform(ten.withCap(Duration.ofNanos(909)).withDecorrelatedJitter(), Long.MAX_VALUE, 10, 909, random);
        assertUniform(Backoff.fixed(Duration.ofNanos(1000)).withProportionalJitter(0.25), 0, 750, 1250, random);
    }

    /** By chi-square, over all values from low to high. */
    private static void assertUniform(Backoff backoff, long previous, int low, int high, Random random) {
        int values = high - low + 1;
        int[] counts = new int[values];
        for (int i = 0; i < 1000 * values; i++) {
            counts[(int) backoff.delayNanos(50, previous, random) - low]++;
        }
        double chiSquare = 0;
        for (int count : counts) {
            chiSquare += (count - 1000.0) * (count - 1000.0) / 1000;
        }
        // The mean is the degrees of freedom, the variance twice that; six deviations do not happen by chance.
        double deviations = (chiSquare - (values - 1)) / Math.sqrt(2.0 * (values - 1));
        assertTrue(Math.abs(deviations) < 6, backoff + ": chi-square " + chiSquare + " of " + values + " values");
    }

    @Test
    void fibonacci_grows_as_its_numbers_do_and_saturates() {
        Random random = new Random(1);
        Backoff fibonacci = Backoff.fibonacci(Duration.ofNanos(2));
        List<Long> delays = IntStream.rangeClosed(1, 7)
                .mapToObj(retry -> fibonacci.delayNanos(retry, 0, random))
                .toList();
        assertEquals(List.of(2L, 2L, 4L, 6L, 10L, 16L, 26L), delays);
        Backoff ones = Backoff.fibonacci(Duration.ofNanos(1));
        assertEquals(7_540_113_804_746_346_429L, ones.delayNanos(92, 0, random));
        assertEquals(Long.MAX_VALUE, ones.delayNanos(93, 0, random));
        assertEquals(Long.MAX_VALUE, fibonacci.delayNanos(92, 0, random));
        assertEquals(0, Backoff.fibonacci(Duration.ZERO).delayNanos(Integer.MAX_VALUE, 0, random));
    }

    @Test
    void decorrelated_jitter_grows_from_its_own_delays() {
        long seed = System.nanoTime();
        System.out.println("jitter seed " + seed);
        Random random = new Random(seed);
        Backoff backoff = Backoff.fixed(Duration.ofMillis(10)).withDecorrelatedJitter();
        long previous = 0;
        for (int retry = 1; retry < 200; retry++) {
            long delay = backoff.delayNanos(retry, previous, random);
            long high = Math.max(previous, 10_000_000) > Long.MAX_VALUE / 3
                    ? Long.MAX_VALUE
                    : Math.max(previous, 10_000_000) * 3;
            assertTrue(delay >= 10_000_000 && delay <= high, delay + " after " + previous);
            previous = delay;
        }
    }

    @Test
    void a_custom_backoff_is_asked_and_bad_input_is_refused() {
        Random random = new Random(1);
        Backoff custom = Backoff.custom(retry -> Duration.ofNanos(retry * 7L));
        assertEquals(21, custom.delayNanos(3, 0, random));
        assertThrows(
                NullPointerException.class, () -> Backoff.custom(retry -> null).delayNanos(1, 0, random));
        assertThrows(NullPointerException.class, () -> Backoff.custom(null));
        Backoff negative = Backoff.custom(retry -> Duration.ofNanos(-1)).withFullJitter();
        assertThrows(IllegalStateException.class, () -> negative.delayNanos(1, 0, random));
        for (double fraction : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> custom.withProportionalJitter(fraction));
        }
        assertThrows(IllegalArgumentException.class, () -> Backoff.fibonacci(Duration.ofNanos(-1)));
    }

    @Test
    void delays_are_exact_up_to_the_largest() {
        Random random = new Random(1);
        Backoff half = Backoff.linear(Duration.ofNanos(Long.MAX_VALUE / 2));
        assertEquals(Long.MAX_VALUE - 1, half.delayNanos(2, 0, random));
        assertEquals(Long.MAX_VALUE, half.delayNanos(3, 0, random));
        Backoff more = Backoff.linear(Duration.ofNanos(Long.MAX_VALUE / 2 + 1));
        assertEquals(Long.MAX_VALUE, more.delayNanos(2, 0, random));
    }

    @Test
    void decorrelated_jitter_reaches_three_times_the_delay_before_until_that_overflows() {
        Backoff backoff = Backoff.none().withDecorrelatedJitter();
        long third = Long.MAX_VALUE / 3;
        assertEquals(third * 3, backoff.delayNanos(2, third, new Highest()));
        assertEquals(Long.MAX_VALUE, backoff.delayNanos(2, third + 1, new Highest()));
    }

    @Test
    void proportional_jitter_of_nothing_changes_nothing() {
        Backoff backoff = Backoff.fixed(Duration.ofNanos(50)).withProportionalJitter(0);
        assertEquals(50, backoff.delayNanos(1, 0, new Highest()));
    }

    @Test
    void a_factor_must_be_finite_and_not_shrink_delays() {
        for (double factor : new double[] {Math.nextDown(1.0), Double.POSITIVE_INFINITY, Double.NaN}) {
            assertTrue(
                    assertThrows(IllegalArgumentException.class, () -> Backoff.exponential(Duration.ofNanos(1), factor))
                            .getMessage()
                            .endsWith("but is " + factor));
        }
        assertEquals(7, Backoff.exponential(Duration.ofNanos(7), 1).delayNanos(9, 0, new Highest()));
    }

    /** The highest that may be drawn. */
    private static final class Highest implements RandomGenerator {
        @Override
        public long nextLong() {
            return -1;
        }

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    }
}
