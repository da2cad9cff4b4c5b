package dev.weir.benchmarks;

import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import io.github.bucket4j.Bucket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One {@code tryAcquire} of one permit for one of ten thousand keys, in random order, each of which always has permits.
 * Peers have a limiter for each key in a {@link ConcurrentHashMap}.
 */
public class RateLimitKeyedOps {
    static final String ADMIT = "admit by key, 1 thread";
    private static final int KEYS = 10_000;

    /** The keys, in the order of use. */
    @State(Scope.Benchmark)
    public abstract static class Keys {
        private final String[] order = new String[1 << 16];
        private int next;

        /** Draws the order. */
        @Setup
        public void draw() {
            RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
            for (int i = 0; i < order.length; i++) {
                order[i] = "client-" + random.nextInt(KEYS);
            }
        }

        final String next() {
            return order[next++ & order.length - 1];
        }
    }

    /** Weir's limiter of keys. */
    public static class Weir extends Keys {
        final KeyedRateLimiter<String> limiter = KeyedRateLimiter.<String>builder(Rate.perSecond(RateLimitOps.PLENTY))
                .maxKeys(KEYS)
                .build();
    }

    /** A map of limiters. */
    public abstract static class Limiters<L> extends Keys {
        private final Map<String, L> limiters = new ConcurrentHashMap<>();
        private final Supplier<L> maker;

        Limiters(Supplier<L> maker) {
            this.maker = maker;
        }

        final L limiter() {
            return limiters.computeIfAbsent(next(), absent -> maker.get());
        }
    }

    private static <L extends RateLimitOps.Limiter> L admitting(L state) {
        state.build(true);
        return state;
    }

    /** Bucket4j's buckets. */
    public static class Bucket4j extends Limiters<Bucket> {
        /** A map without keys. */
        public Bucket4j() {
            super(() -> admitting(new RateLimitOps.Bucket4j()).bucket);
        }
    }

    /** Resilience4j's limiters. */
    public static class Resilience4j extends Limiters<io.github.resilience4j.ratelimiter.RateLimiter> {
        /** A map without keys. */
        public Resilience4j() {
            super(() -> admitting(new RateLimitOps.Resilience4j()).limiter);
        }
    }

    @Benchmark
    public boolean weir(Weir state) {
        return state.limiter.tryAcquire(state.next());
    }

    @Benchmark
    public boolean bucket4j(Bucket4j state) {
        return state.limiter().tryConsume(1);
    }

    @Benchmark
    public boolean resilience4j(Resilience4j state) {
        return state.limiter().acquirePermission();
    }
}
