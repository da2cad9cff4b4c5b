package dev.weir.benchmarks;

import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import io.github.bucket4j.BlockingBucket;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A thousand virtual threads that wait for permits of a hundred keys, ten for each key, which has a hundred permits a
 * second and starts without any: so ten thousand permits take a second. A burst of two makes up for timers that are
 * late.
 */
final class RateLimitKeyedWaits {
    static final String WAIT = "acquire by key, 1,000 threads, 100 keys of 100 a second";
    private static final int KEYS = 100;
    private static final int THREADS = 1_000;
    private static final int PER_SECOND = 100;
    private static final int BURST = 2;

    /** Waits for a permit of a key. */
    @FunctionalInterface
    private interface Limiter {
        void acquire(Integer key) throws InterruptedException;
    }

    private RateLimitKeyedWaits() {}

    private static Map<String, Supplier<Limiter>> limiters() {
        Map<String, Supplier<Limiter>> limiters = new LinkedHashMap<>();
        limiters.put(Entry.WEIR, RateLimitKeyedWaits::weir);
        limiters.put("Bucket4j, lock-free", () -> {
            Function<Integer, BlockingBucket> buckets = mapped(RateLimitKeyedWaits::bucket4j);
            return key -> buckets.apply(key).consume(1);
        });
        limiters.put("Resilience4j", () -> {
            Function<Integer, io.github.resilience4j.ratelimiter.RateLimiter> all =
                    mapped(RateLimitKeyedWaits::resilience4j);
            return key -> {
                if (!all.apply(key).acquirePermission()) {
                    throw new IllegalStateException("no permit within the timeout");
                }
            };
        });
        return limiters;
    }

    private static Limiter weir() {
        KeyedRateLimiter<Integer> limiter = KeyedRateLimiter.<Integer>builder(
                        Rate.perSecond(PER_SECOND).withBurst(BURST))
                .maxKeys(KEYS)
                .build();
        for (int key = 0; key < KEYS; key++) {
            limiter.tryAcquire(key, BURST);
        }
        return limiter::acquire;
    }

    private static BlockingBucket bucket4j() {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(BURST)
                        .refillGreedy(PER_SECOND, Duration.ofSeconds(1))
                        .initialTokens(0))
                .withNanosecondPrecision()
                .build()
                .asBlocking();
    }

    private static io.github.resilience4j.ratelimiter.RateLimiter resilience4j() {
        io.github.resilience4j.ratelimiter.RateLimiter limiter = io.github.resilience4j.ratelimiter.RateLimiter.of(
                "bench",
                RateLimiterConfig.custom()
                        .limitForPeriod(BURST)
                        .limitRefreshPeriod(Duration.ofSeconds(BURST).dividedBy(PER_SECOND))
                        .timeoutDuration(Duration.ofMinutes(1))
                        .build());
        limiter.acquirePermission(BURST);
        return limiter;
    }

    private static <L> Function<Integer, L> mapped(Supplier<L> maker) {
        Map<Integer, L> all = new ConcurrentHashMap<>();
        for (int key = 0; key < KEYS; key++) {
            all.put(key, maker.get());
        }
        return key -> all.computeIfAbsent(key, absent -> maker.get());
    }

    static List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        limiters()
                .forEach((contender, limiter) -> entries.add(new Entry(
                        WAIT,
                        contender,
                        WholeRun.of(
                                settings.operations(KEYS * PER_SECOND),
                                settings,
                                WholeRun.timed(permits -> acquire(limiter.get(), permits))))));
        return entries;
    }

    private static void acquire(Limiter limiter, int permits) throws Exception {
        List<Future<?>> futures = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < THREADS; thread++) {
                Integer key = thread % KEYS;
                futures.add(executor.submit(() -> {
                    for (int permit = 0; permit < permits / THREADS; permit++) {
                        limiter.acquire(key);
                    }
                    return null;
                }));
            }
        }
        for (Future<?> future : futures) {
            future.get();
        }
    }
}
