package dev.weir.benchmarks;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import io.github.bucket4j.BlockingBucket;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * A thousand virtual threads that wait for the permits of a second, at several rates. The limiters start empty, so that
 * the ideal is exactly a second; a burst of ten milliseconds makes up for timers that are late.
 */
final class RateLimitWaits {
    private static final int THREADS = 1_000;
    private static final List<Integer> PER_SECOND = List.of(1_000, 10_000, 100_000);

    /** Waits for a permit. */
    @FunctionalInterface
    private interface Limiter {
        void acquire() throws InterruptedException;
    }

    private RateLimitWaits() {}

    private static Map<String, IntFunction<Limiter>> limiters() {
        Map<String, IntFunction<Limiter>> limiters = new LinkedHashMap<>();
        limiters.put(Entry.WEIR, perSecond -> {
            Rate rate = Rate.perSecond(perSecond).withBurst(perSecond / 100);
            return TokenBucket.builder(rate).initialPermits(0).build()::acquire;
        });
        limiters.put("Guava", perSecond -> guava(perSecond)::acquire);
        limiters.put("Bucket4j, lock-free", perSecond -> {
            BlockingBucket bucket = Bucket.builder()
                    .addLimit(limit -> limit.capacity(perSecond / 100)
                            .refillGreedy(perSecond, Duration.ofSeconds(1))
                            .initialTokens(0))
                    .withNanosecondPrecision()
                    .build()
                    .asBlocking();
            return () -> bucket.consume(1);
        });
        return limiters;
    }

    @SuppressWarnings("UnstableApiUsage")
    private static com.google.common.util.concurrent.RateLimiter guava(int perSecond) {
        return com.google.common.util.concurrent.RateLimiter.create(perSecond);
    }

    static List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        for (int perSecond : PER_SECOND) {
            limiters()
                    .forEach((contender, limiter) -> entries.add(new Entry(
                            scenario(perSecond),
                            contender,
                            WholeRun.of(
                                    settings.operations(perSecond),
                                    settings,
                                    WholeRun.timed(permits -> acquire(limiter.apply(perSecond), permits))))));
        }
        return entries;
    }

    private static String scenario(int perSecond) {
        return String.format(Locale.ROOT, "acquire, 1,000 threads, %,d a second", perSecond);
    }

    private static void acquire(Limiter limiter, int permits) throws Exception {
        int threads = Math.min(THREADS, permits);
        List<Future<?>> futures = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < threads; thread++) {
                futures.add(executor.submit(() -> {
                    for (int permit = 0; permit < permits / threads; permit++) {
                        limiter.acquire();
                    }
                    return null;
                }));
            }
        }
        for (Future<?> future : futures) {
            future.get();
        }
    }

    /** The least share of its rate that a contender reached. */
    static Figure leastShare(Results results, String contender) {
        Figure worst = new Figure(0, "");
        for (int perSecond : PER_SECOND) {
            double ideal = 1e9 / perSecond;
            double nanos = results.nanos(scenario(perSecond), contender);
            worst = worst.worse(new Figure(nanos / ideal, scenario(perSecond)));
        }
        return worst.inverse();
    }
}
