package dev.weir.benchmarks;

import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.openjdk.jol.info.ClassLayout;
import org.openjdk.jol.info.GraphLayout;

/**
 * How much heap limiters keep: twenty thousand of them, and as many keys, of which peers have one limiter each in a
 * map. The time is that of making one, the median of five; the heap is what JOL counts in the graph of their objects,
 * without the keys.
 */
final class RateLimitHeap {
    static final String LIMITER = "heap of a limiter";
    static final String KEY = "heap of a key";
    private static final int COUNT = 20_000;
    private static final int MAKES = 5;
    private static final Rate RATE = Rate.of(1, RateLimitOps.HOUR);

    /** How each contender makes one limiter. */
    private static final Map<String, Supplier<Object>> LIMITERS = limiters();

    static {
        // JOL's name for looking at records, too, whose fields Unsafe does not tell the offsets of.
        System.setProperty("jol.magicFieldOffset", "true");
    }

    /** Makes a number of something, and returns what keeps them. */
    @FunctionalInterface
    private interface Maker {
        Object make(int count);
    }

    private RateLimitHeap() {}

    static List<Entry> entries(Settings settings) {
        int count = settings.operations(COUNT);
        List<Entry> entries = new ArrayList<>();
        LIMITERS.forEach((contender, limiter) ->
                entries.add(new Entry(LIMITER, contender, () -> measure(count, many -> list(many, limiter)))));
        Integer[] keys = keys(count);
        LIMITERS.keySet()
                .forEach(contender -> entries.add(new Entry(
                        KEY, contender, () -> measure(count, many -> withKeys(contender, keys), (Object[]) keys))));
        return entries;
    }

    static Integer[] keys(int count) {
        return IntStream.range(0, count).boxed().toArray(Integer[]::new);
    }

    /** What a contender keeps for keys that have had a permit each. */
    static Object withKeys(String contender, Integer[] keys) {
        return contender.equals(Entry.WEIR) ? keyed(keys) : map(keys, LIMITERS.get(contender));
    }

    private static Map<String, Supplier<Object>> limiters() {
        Map<String, Supplier<Object>> limiters = new LinkedHashMap<>();
        limiters.put(Entry.WEIR, () -> TokenBucket.builder(RATE).build());
        limiters.put("Guava", () -> built(new RateLimitOps.Guava()).limiter);
        limiters.put("Bucket4j, lock-free", () -> built(new RateLimitOps.Bucket4j()).bucket);
        limiters.put("Bucket4j, synchronized", () -> built(new RateLimitOps.Bucket4jSynchronized()).bucket);
        limiters.put("Resilience4j", () -> built(new RateLimitOps.Resilience4j()).limiter);
        limiters.put("Failsafe, smooth", () -> built(new RateLimitOps.FailsafeSmooth()).limiter);
        limiters.put("Failsafe, bursty", () -> built(new RateLimitOps.FailsafeBursty()).limiter);
        return limiters;
    }

    private static <L extends RateLimitOps.Limiter> L built(L state) {
        state.build(false);
        return state;
    }

    private static Object list(int count, Supplier<Object> limiter) {
        Object[] all = new Object[count];
        for (int i = 0; i < count; i++) {
            all[i] = limiter.get();
        }
        return all;
    }

    private static Object map(Integer[] keys, Supplier<Object> limiter) {
        Map<Integer, Object> all = new ConcurrentHashMap<>();
        for (Integer key : keys) {
            all.computeIfAbsent(key, absent -> limiter.get());
        }
        return all;
    }

    private static Object keyed(Integer[] keys) {
        KeyedRateLimiter<Integer> limiter =
                KeyedRateLimiter.<Integer>builder(RATE).maxKeys(keys.length).build();
        for (Integer key : keys) {
            if (!limiter.tryAcquire(key)) {
                throw new IllegalStateException("no room for a key");
            }
        }
        return limiter;
    }

    private static Sample measure(int count, Maker maker, Object... keys) {
        List<Double> times = new ArrayList<>();
        Object made = maker.make(count);
        for (int i = 0; i < MAKES; i++) {
            long start = System.nanoTime();
            made = maker.make(count);
            times.add((double) (System.nanoTime() - start) / count);
        }
        // Counts know the threads that count, weakly; the thread itself, and all that it leads to, is nobody's heap.
        GraphLayout thread = GraphLayout.parseInstance(Thread.currentThread());
        long bytes = GraphLayout.parseInstance(made).subtract(thread).totalSize();
        for (Object key : keys) {
            bytes -= ClassLayout.parseInstance(key).instanceSize();
        }
        return new Sample(Stats.of(times).median(), (double) bytes / count);
    }
}
