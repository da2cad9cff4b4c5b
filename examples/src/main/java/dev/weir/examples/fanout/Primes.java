package dev.weir.examples.fanout;

import dev.weir.core.fanout.FanOut;
import java.time.Duration;
import java.util.stream.LongStream;

/** Counts primes by trial division: work for the processor, in chunks over all cores, beside one thread. */
public final class Primes {
    private static final int CHUNK = 50_000;

    private Primes() {}

    /**
     * Counts in this thread.
     *
     * @param limit where to end
     * @return how many primes are below the limit
     */
    public static long countSequentially(long limit) {
        return LongStream.range(0, limit).filter(Primes::isPrime).count();
    }

    /**
     * Counts on all cores. Large numbers take longer than small ones, which is why there are many more chunks than
     * cores.
     *
     * @param limit where to end
     * @return how many primes are below the limit
     * @throws InterruptedException if the thread is interrupted; nobody counts on then
     */
    public static long count(long limit) throws InterruptedException {
        return FanOut.overRange(0, limit)
                .chunked(CHUNK)
                .concurrency(Runtime.getRuntime().availableProcessors())
                .reduce(0L, chunk -> chunk.stream().filter(Primes::isPrime).count(), Long::sum);
    }

    private static boolean isPrime(long number) {
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

    /**
     * Counts below ten million, or another limit.
     *
     * @param args the limit
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        long limit = args.length == 0 ? 10_000_000 : Long.parseLong(args[0]);
        long start = System.nanoTime();
        long sequential = countSequentially(limit);
        long between = System.nanoTime();
        long parallel = count(limit);
        long end = System.nanoTime();
        System.out.printf("one thread: %,d primes in %,d ms%n", sequential, millis(start, between));
        System.out.printf(
                "%d cores: %,d primes in %,d ms, %.2f times as fast%n",
                Runtime.getRuntime().availableProcessors(),
                parallel,
                millis(between, end),
                (double) (between - start) / (end - between));
    }

    private static long millis(long from, long to) {
        return Duration.ofNanos(to - from).toMillis();
    }
}
