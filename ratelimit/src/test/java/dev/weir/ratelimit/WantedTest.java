package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WantedTest {
    @Test
    void the_sum_is_exact_whatever_comes_and_goes() {
        long seed = System.nanoTime();
        System.out.println("the_sum_is_exact seed " + seed);
        Random random = new Random(seed);
        BigInteger most = BigInteger.valueOf(Long.MAX_VALUE);
        Wanted wanted = new Wanted();
        BigInteger sum = BigInteger.ZERO;
        List<Long> present = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            if (present.isEmpty() || (i / 500 % 2 == 0) == (random.nextInt(3) > 0)) {
                long permits = random.nextBoolean() ? Long.MAX_VALUE - random.nextInt(3) : random.nextInt(10);
                wanted.add(permits);
                present.add(permits);
                sum = sum.add(BigInteger.valueOf(permits));
            } else {
                long permits = present.remove(random.nextInt(present.size()));
                wanted.remove(permits);
                sum = sum.subtract(BigInteger.valueOf(permits));
            }
            assertEquals(sum.min(most).longValueExact(), wanted.sum(), "seed " + seed);
        }
        present.forEach(wanted::remove);
        assertEquals(0, wanted.sum());
    }

    @Test
    void the_largest_sum_that_fits_is_told_from_one_that_does_not() {
        Wanted wanted = new Wanted();
        wanted.add(Long.MAX_VALUE - 1);
        assertEquals(Long.MAX_VALUE - 1, wanted.sum());
        wanted.add(1);
        assertEquals(Long.MAX_VALUE, wanted.sum());
        wanted.add(1);
        assertEquals(Long.MAX_VALUE, wanted.sum());
        wanted.remove(3);
        assertEquals(Long.MAX_VALUE - 2, wanted.sum());
    }
}
