package dev.weir.benchmarks;

import dev.failsafe.RateLimiter;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.StripedTokenBucket;
import dev.weir.ratelimit.TokenBucket;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.local.SynchronizationStrategy;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One {@code tryAcquire} of one permit, from a limiter that all threads share. It either admits always, at a billion a
 * second, or rejects always, at one an hour with that one taken. Each limiter reads the clock of its own choice once.
 */
public class RateLimitOps {
    static final int PLENTY = 1_000_000_000;
    static final Duration HOUR = Duration.ofHours(1);

    /** A limiter that admits or rejects. */
    @State(Scope.Benchmark)
    public abstract static class Limiter {
        /** Either {@code admit} or {@code reject}. */
        @Param({"admit", "reject"})
        public String outcome;

        abstract void build(boolean admits);

        abstract boolean tryAcquire();

        /** Creates the limiter, and takes all that it has if it is to reject. */
        @Setup
        public void create() {
            boolean admits = outcome.equals("admit");
            build(admits);
            for (int permits = 0; !admits && tryAcquire(); permits++) {
                if (permits > 10) {
                    throw new IllegalStateException("it does not reject");
                }
            }
            if (tryAcquire() != admits) {
                throw new IllegalStateException("it does not " + outcome);
            }
        }
    }

    /** Weir's token bucket, which reads {@code System.nanoTime}. */
    public static class Weir extends Limiter {
        TokenBucket bucket;

        TimeSource time() {
            return TimeSource.system();
        }

        @Override
        void build(boolean admits) {
            Rate rate = admits ? Rate.perSecond(PLENTY) : Rate.of(1, HOUR);
            bucket = TokenBucket.builder(rate).timeSource(time()).build();
        }

        @Override
        boolean tryAcquire() {
            return bucket.tryAcquire();
        }
    }

    /** Weir's token bucket with a clock of a resolution of a millisecond. */
    public static class WeirCoarse extends Weir {
        @Override
        TimeSource time() {
            return TimeSource.coarse();
        }
    }

    /** Weir's bucket from which threads take in advance. */
    public static class WeirStriped extends Limiter {
        StripedTokenBucket bucket;

        @Override
        void build(boolean admits) {
            Rate rate = admits ? Rate.perSecond(PLENTY) : Rate.of(1, HOUR).withBurst(2);
            bucket = StripedTokenBucket.builder(rate, Duration.ofMillis(1)).build();
        }

        @Override
        boolean tryAcquire() {
            return bucket.tryAcquire();
        }
    }

    /** Guava's smooth limiter. */
    @SuppressWarnings("UnstableApiUsage")
    public static class Guava extends Limiter {
        com.google.common.util.concurrent.RateLimiter limiter;

        @Override
        void build(boolean admits) {
            limiter = com.google.common.util.concurrent.RateLimiter.create(admits ? PLENTY : 1.0 / HOUR.toSeconds());
        }

        @Override
        boolean tryAcquire() {
            return limiter.tryAcquire();
        }
    }

    /** Bucket4j's bucket with its default strategy, and nanoseconds, as all others have. */
    public static class Bucket4j extends Limiter {
        Bucket bucket;

        SynchronizationStrategy strategy() {
            return SynchronizationStrategy.LOCK_FREE;
        }

        @Override
        void build(boolean admits) {
            bucket = Bucket.builder()
                    .addLimit(limit -> admits
                            ? limit.capacity(PLENTY).refillGreedy(PLENTY, Duration.ofSeconds(1))
                            : limit.capacity(1).refillGreedy(1, HOUR))
                    .withNanosecondPrecision()
                    .withSynchronizationStrategy(strategy())
                    .build();
        }

        @Override
        boolean tryAcquire() {
            return bucket.tryConsume(1);
        }
    }

    /** Bucket4j's bucket behind a lock. */
    public static class Bucket4jSynchronized extends Bucket4j {
        @Override
        SynchronizationStrategy strategy() {
            return SynchronizationStrategy.SYNCHRONIZED;
        }
    }

    /** Resilience4j's limiter of permits per cycle. */
    public static class Resilience4j extends Limiter {
        io.github.resilience4j.ratelimiter.RateLimiter limiter;

        @Override
        void build(boolean admits) {
            limiter = io.github.resilience4j.ratelimiter.RateLimiter.of(
                    "bench",
                    RateLimiterConfig.custom()
                            .limitForPeriod(admits ? PLENTY : 1)
                            .limitRefreshPeriod(admits ? Duration.ofSeconds(1) : HOUR)
                            .timeoutDuration(Duration.ZERO)
                            .build());
        }

        @Override
        boolean tryAcquire() {
            return limiter.acquirePermission();
        }
    }

    /** Failsafe's limiter that spaces evenly. */
    public static class FailsafeSmooth extends Limiter {
        RateLimiter<Object> limiter;

        @Override
        void build(boolean admits) {
            limiter = admits
                    ? RateLimiter.smoothBuilder(PLENTY, Duration.ofSeconds(1)).build()
                    : RateLimiter.smoothBuilder(1, HOUR).build();
        }

        @Override
        boolean tryAcquire() {
            return limiter.tryAcquirePermit();
        }
    }

    /** Failsafe's limiter of permits per period. */
    public static class FailsafeBursty extends FailsafeSmooth {
        @Override
        void build(boolean admits) {
            limiter = admits
                    ? RateLimiter.burstyBuilder(PLENTY, Duration.ofSeconds(1)).build()
                    : RateLimiter.burstyBuilder(1, HOUR).build();
        }
    }

    /** What a limiter cannot be faster than, unless it has another clock. */
    @Benchmark
    public long nanoTime() {
        return System.nanoTime();
    }

    @Benchmark
    public boolean weir(Weir state) {
        return state.bucket.tryAcquire();
    }

    @Benchmark
    public boolean weirCoarse(WeirCoarse state) {
        return state.bucket.tryAcquire();
    }

    @Benchmark
    public boolean weirStriped(WeirStriped state) {
        return state.bucket.tryAcquire();
    }

    @Benchmark
    public boolean guava(Guava state) {
        return state.limiter.tryAcquire();
    }

    @Benchmark
    public boolean bucket4j(Bucket4j state) {
        return state.bucket.tryConsume(1);
    }

    @Benchmark
    public boolean bucket4jSynchronized(Bucket4jSynchronized state) {
        return state.bucket.tryConsume(1);
    }

    @Benchmark
    public boolean resilience4j(Resilience4j state) {
        return state.limiter.acquirePermission();
    }

    @Benchmark
    public boolean failsafeSmooth(FailsafeSmooth state) {
        return state.limiter.tryAcquirePermit();
    }

    @Benchmark
    public boolean failsafeBursty(FailsafeBursty state) {
        return state.limiter.tryAcquirePermit();
    }
}
