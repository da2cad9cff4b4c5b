package dev.weir.benchmarks;

import dev.weir.benchmarks.Goal.Unit;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** How the cost of an operation grows with the number of threads, items, keys and waiters. */
final class GrowthBench implements Bench {
    private static final String BUCKET4J = "Bucket4j, lock-free";
    private static final int PLENTY = 1_000_000_000;
    private static final int AT_ONCE = 8;
    private static final int FETCHES = 100_000;
    private static final int HANDOVERS = 20_000;
    private static final List<Integer> THREADS = List.of(1, 4, 16, 64);
    private static final List<Integer> ITEMS = List.of(100, 1_000, 10_000, 100_000);
    private static final List<Integer> KEYS = List.of(100, 1_000, 10_000, 100_000);
    private static final List<Integer> WAITERS = List.of(10, 100, 1_000);

    @Override
    public String name() {
        return "growth";
    }

    @Override
    public String about() {
        return "Permits: taken without waiting by platform threads that share a limiter, at a billion a second; with"
            + " keys, chosen at random by one thread, where peers have a limiter for each key in a map. Items: no-ops,"
            + " all results in order, eight at once. Waiters: virtual threads that hand one fair permit on to each"
            + " other. Work that waits, by tens: only what is named is timed, per task, waiter or key. Heap: live"
            + " after a collection, for one of so many; the pools have two busy workers, their tasks are one object;"
            + " receivers are virtual threads, stack included.";
    }

    @Override
    public List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        for (int threads : THREADS) {
            limiters()
                    .forEach((contender, limiter) -> entries.add(new Entry(
                            permits(threads),
                            contender,
                            WholeRun.lasting(settings, permits -> take(limiter.get(), threads, permits)))));
        }
        ExecutorService pool = Executors.newFixedThreadPool(
                AT_ONCE, Thread.ofPlatform().daemon().factory());
        for (int items : ITEMS) {
            FanOuts.all(pool).forEach((contender, way) -> entries.add(fanOut(settings, items, contender, way)));
        }
        for (int keys : KEYS) {
            keyed().forEach((contender, keyed) -> entries.add(withKeys(settings, keys, contender, keyed)));
        }
        for (int waiters : WAITERS) {
            entries.add(new Entry(handOver(waiters), Entry.WEIR, handOver(settings, waiters, () -> {
                ResizableSemaphore semaphore = ResizableSemaphore.fair(1);
                return turns -> {
                    for (int turn = 0; turn < turns; turn++) {
                        semaphore.acquire();
                        semaphore.release();
                    }
                };
            })));
            entries.add(new Entry(handOver(waiters), "Semaphore, fair", handOver(settings, waiters, () -> {
                Semaphore semaphore = new Semaphore(1, true);
                return turns -> {
                    for (int turn = 0; turn < turns; turn++) {
                        semaphore.acquire();
                        semaphore.release();
                    }
                };
            })));
        }
        entries.addAll(GrowthWork.entries(settings));
        entries.addAll(GrowthHeap.entries(settings));
        return entries;
    }

    private static String permits(int threads) {
        return "permits, " + threads + (threads == 1 ? " thread" : " threads");
    }

    private static String items(int items) {
        return String.format(Locale.ROOT, "fan-out of %,d items", items);
    }

    private static String keys(int keys) {
        return String.format(Locale.ROOT, "a permit of one of %,d keys", keys);
    }

    private static String handOver(int waiters) {
        return String.format(Locale.ROOT, "one permit among %,d waiters", waiters);
    }

    private static Map<String, Supplier<BooleanSupplier>> limiters() {
        Map<String, Supplier<BooleanSupplier>> limiters = new LinkedHashMap<>();
        limiters.put(
                Entry.WEIR, () -> TokenBucket.builder(Rate.perSecond(PLENTY)).build()::tryAcquire);
        limiters.put("Guava", () -> guava()::tryAcquire);
        limiters.put(BUCKET4J, () -> {
            Bucket bucket = bucket();
            return () -> bucket.tryConsume(1);
        });
        return limiters;
    }

    @SuppressWarnings("UnstableApiUsage")
    private static com.google.common.util.concurrent.RateLimiter guava() {
        return com.google.common.util.concurrent.RateLimiter.create(PLENTY);
    }

    private static Bucket bucket() {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(PLENTY).refillGreedy(PLENTY, Duration.ofSeconds(1)))
                .withNanosecondPrecision()
                .build();
    }

    private static Sample take(BooleanSupplier limiter, int threads, int permits) throws Exception {
        Meeting.Part part = () -> {
            for (int permit = 0; permit < permits / threads; permit++) {
                limiter.getAsBoolean();
            }
        };
        return Meeting.measure(Meeting.platformThreads(), permits, Collections.nCopies(threads, part));
    }

    private static Entry fanOut(Settings settings, int most, String contender, FanOuts.Way way) {
        int count = settings.operations(most);
        List<Integer> items = IntStream.range(0, count).boxed().toList();
        return new Entry(items(most), contender, WholeRun.of(count, settings, WholeRun.timed(all -> {
            if (!way.map(items, AT_ONCE, Function.identity()).equals(items)) {
                throw new IllegalStateException("the results are not those of the items");
            }
        })));
    }

    /** From a number of keys to the limiter of all of them. */
    private static Map<String, IntFunction<Function<Integer, Boolean>>> keyed() {
        Map<String, IntFunction<Function<Integer, Boolean>>> keyed = new LinkedHashMap<>();
        keyed.put(
                Entry.WEIR,
                keys -> KeyedRateLimiter.<Integer>builder(Rate.perSecond(PLENTY))
                        .maxKeys(keys)
                        .build()::tryAcquire);
        keyed.put("Guava", keys -> {
            Map<Integer, com.google.common.util.concurrent.RateLimiter> limiters = new ConcurrentHashMap<>();
            return key -> permitOf(limiters.computeIfAbsent(key, absent -> guava()));
        });
        keyed.put(BUCKET4J, keys -> {
            Map<Integer, Bucket> limiters = new ConcurrentHashMap<>();
            return key -> limiters.computeIfAbsent(key, absent -> bucket()).tryConsume(1);
        });
        return keyed;
    }

    @SuppressWarnings("UnstableApiUsage")
    private static boolean permitOf(com.google.common.util.concurrent.RateLimiter limiter) {
        return limiter.tryAcquire();
    }

    private static Entry withKeys(
            Settings settings, int most, String contender, IntFunction<Function<Integer, Boolean>> keyed) {
        int count = settings.operations(most);
        int fetches = settings.operations(FETCHES);
        Integer[] keys = new SplittableRandom(1).ints(fetches, 0, count).boxed().toArray(Integer[]::new);
        Supplier<Function<Integer, Boolean>> limiter = once(() -> keyed.apply(count));
        return new Entry(keys(most), contender, WholeRun.of(fetches, settings, WholeRun.timed(all -> {
            Function<Integer, Boolean> tryAcquire = limiter.get();
            for (Integer key : keys) {
                tryAcquire.apply(key);
            }
        })));
    }

    /** Made when it is warmed up: not all limiters of all scenarios at the beginning. */
    private static <T> Supplier<T> once(Supplier<T> made) {
        return new Supplier<>() {
            private T value;

            @Override
            public synchronized T get() {
                if (value == null) {
                    value = made.get();
                }
                return value;
            }
        };
    }

    /** Takes the permit as often as it is asked to. */
    @FunctionalInterface
    private interface Turns {
        void take(int turns) throws InterruptedException;
    }

    private static Trial handOver(Settings settings, int waiters, Supplier<Turns> semaphores) {
        int most = Math.max(waiters, settings.operations(HANDOVERS));
        return WholeRun.of(most, settings, turns -> {
            Turns semaphore = semaphores.get();
            Meeting.Part part = () -> semaphore.take(turns / waiters);
            return Meeting.measure(Meeting.virtualThreads(), turns, Collections.nCopies(waiters, part));
        });
    }

    @Override
    public List<Goal> goals(Results results) {
        return List.of(
                growth(results, "a permit with 64 threads", permits(64), permits(4), 1.5),
                growth(results, "an item of 100,000", items(100_000), items(1_000), 1.5),
                growth(results, "a permit of one of 100,000 keys", keys(100_000), keys(1_000), 4),
                growth(results, "a hand-over among 1,000 waiters", handOver(1_000), handOver(10), 2),
                Goal.atMost(
                        "growth, time of an operation beside ten times less that waits",
                        GrowthWork.worstGrowth(results),
                        1.5,
                        Unit.RATIO),
                Goal.atMost(
                        "growth, the same over that of the JDK",
                        GrowthWork.worstGrowthBesideTheJdk(results),
                        1.5,
                        Unit.RATIO));
    }

    private static Goal growth(Results results, String what, String many, String few, double most) {
        double ratio = results.nanos(many, Entry.WEIR) / results.nanos(few, Entry.WEIR);
        return Goal.atMost("growth, time of " + what + " beside " + few, new Figure(ratio, ""), most, Unit.RATIO);
    }
}
