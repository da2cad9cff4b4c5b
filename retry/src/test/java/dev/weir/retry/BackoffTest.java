package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final Duration CENTURIES = Duration.ofNanos(Long.MAX_VALUE);

    @Test
    void delays_growAsSaid() {
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
    void everyDelay_isBetweenZeroAndTheCap_forAnyRetryBaseFactorAndCap() {
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
                                grown.withFullJitter().withCap(Duration.ofNanos(cap)),
                                grown.withEqualJitter().withCap(Duration.ofNanos(cap)))) {
                            long jittered = backoff.delayNanos(retry, 0, random);
                            assertTrue(jittered >= 0 && jittered <= cap, backoff + " gave " + jittered);
                        }
                    }
                }
            }
        }
        assertEquals(Long.MAX_VALUE, Backoff.linear(CENTURIES).delayNanos(Integer.MAX_VALUE, 0, random));
    }

    @Test
    void fullJitter_isUniform_withoutAnAtomAtTheCap() {
        long seed = System.nanoTime();
        System.out.println("jitter seed " + seed);
        Random random = new Random(seed);
        Duration cap = Duration.ofNanos(999); // 1000 values
        Backoff saturated = Backoff.exponential(Duration.ofSeconds(1), 2);
        for (Backoff backoff : List.of(
                saturated.withCap(cap).withFullJitter(),
                saturated.withFullJitter().withCap(cap))) {
            int[] counts = new int[1000];
            for (int i = 0; i < 1_000_000; i++) {
                counts[(int) backoff.delayNanos(50, 0, random)]++;
            }
            double chiSquare = 0;
            for (int count : counts) {
                chiSquare += (count - 1000.0) * (count - 1000.0) / 1000;
            }
            // 999 degrees of freedom: mean 999, deviation 44.7; six deviations either way happen by chance never.
            assertTrue(chiSquare > 731 && chiSquare < 1267, "chi-square " + chiSquare);
        }
    }
}
