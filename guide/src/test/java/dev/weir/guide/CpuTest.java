package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.fanout.FanOut;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/cpu-work.md. */
@Timeout(60)
class CpuTest {
    static boolean isPrime(long number) {
        if (number < 4 || number % 2 == 0) {
            return number == 2 || number == 3;
        }
        for (long divisor = 3; divisor * divisor <= number; divisor += 2) {
            if (number % divisor == 0) {
                return false;
            }
        }
        return true;
    }

    /** What is counted without care. */
    static final class Racy {
        long primes;

        // @start region="threads-naive"
        void count(long limit, int size) throws InterruptedException {
            List<Thread> threads = new ArrayList<>();
            for (long from = 0; from < limit; from += size) {
                long first = from;
                Runnable piece = () -> countFrom(first, Math.min(first + size, limit));
                threads.add(Thread.ofPlatform().start(piece)); // a thread, and a stack, for each piece
            }
            for (Thread thread : threads) {
                thread.join(); // and what one of them threw is not seen here
            }
        }

        private void countFrom(long from, long to) {
            for (long n = from; n < to; n++) {
                if (isPrime(n)) {
                    primes++; // lost updates: see "The race, shown and fixed"
                }
            }
        }
        // @end
    }

    static long countBelow(long limit) throws InterruptedException {
        // @start region="chunks"
        long primes = FanOut.overRange(0, limit)
                .chunked(100_000) // one item, of some milliseconds; a worker for each core
                .reduce(0L, range -> range.stream().filter(CpuTest::isPrime).count(), Long::sum);
        // @end
        return primes;
    }

    @Test
    void primes_are_counted_in_chunks() throws Exception {
        assertEquals(78_498, countBelow(1_000_000));
        Racy racy = new Racy();
        racy.count(1_000, 1_000);
        assertEquals(168, racy.primes);
    }
}
