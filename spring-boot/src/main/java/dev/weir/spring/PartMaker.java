package dev.weir.spring;

import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.pool.WorkerPoolBuilder;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.retry.Backoff;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryBudget;
import dev.weir.retry.RetryPolicy;
import dev.weir.retry.RetryPolicyBuilder;
import dev.weir.spring.WeirProperties.FullPool;
import dev.weir.spring.WeirProperties.Hedged;
import dev.weir.spring.WeirProperties.Jitter;
import dev.weir.spring.WeirProperties.Limiter;
import dev.weir.spring.WeirProperties.Permits;
import dev.weir.spring.WeirProperties.Pool;
import dev.weir.spring.WeirProperties.Repeat;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes parts of what is set for them. A value that a builder refuses is thrown with the name of its property. */
final class PartMaker {
    private final TimeSource time;

    PartMaker(TimeSource time) {
        this.time = time;
    }

    WorkerPool pool(String name, Pool pool) {
        Settings settings = new Settings(PartKind.POOL, name);
        WorkerPoolBuilder builder = WorkerPool.builder(name).timeSource(time).saturation(saturation(settings, pool));
        settings.set("min-workers", pool.minWorkers(), builder::minWorkers);
        settings.set("max-workers", pool.mostWorkers(), builder::maxWorkers);
        settings.set("keep-alive", pool.keepAlive(), builder::keepAlive);
        settings.set("queue-capacity", pool.queueCapacity(), builder::queueCapacity);
        settings.set("queue-timeout", pool.queueTimeout(), builder::queueTimeout);
        settings.set("run-timeout", pool.runTimeout(), builder::runTimeout);
        settings.set("slow-task-threshold", pool.slowTaskThreshold(), builder::slowTaskThreshold);
        settings.set("stall-threshold", pool.stallThreshold(), builder::stallThreshold);
        settings.set("close-timeout", pool.closeTimeout(), builder::closeTimeout);
        if (pool.virtualWorkers()) {
            builder.virtualWorkers();
        }
        return settings.make("min-workers", pool.minWorkers(), min -> builder.build());
    }

    private static Saturation saturation(Settings settings, Pool pool) {
        Duration timeout = pool.saturationTimeout();
        if (timeout != null) {
            if (pool.saturation() != FullPool.BLOCK) {
                throw settings.invalid("saturation-timeout", timeout, "it is for saturation block only");
            }
            return settings.make("saturation-timeout", timeout, Saturation::block);
        }
        return switch (pool.saturation()) {
            case BLOCK -> Saturation.block();
            case CALLER_RUNS -> Saturation.callerRuns();
            case REJECT -> Saturation.reject();
            case DISCARD_OLDEST -> Saturation.discardOldest();
        };
    }

    static Rate rate(String name, Limiter limiter) {
        Settings settings = new Settings(PartKind.RATE_LIMITER, name);
        // One after the other, so that the message names the one that is wrong.
        settings.make("permits", limiter.permits(), permits -> Rate.of(permits, Duration.ofDays(1)));
        Rate rate = settings.make("period", limiter.period(), period -> Rate.of(limiter.permits(), period));
        Long burst = limiter.burst();
        return burst == null ? rate : settings.make("burst", burst, rate::withBurst);
    }

    TokenBucket limiter(String name, Limiter limiter) {
        Settings settings = new Settings(PartKind.RATE_LIMITER, name);
        TokenBucket.Builder builder =
                TokenBucket.builder(rate(name, limiter)).name(name).timeSource(time);
        settings.set("max-waiters", limiter.maxWaiters(), builder::maxWaiters);
        settings.set("jitter", limiter.jitter(), builder::jitter);
        return settings.make("permits", limiter.permits(), permits -> builder.build());
    }

    KeyedRateLimiter<String> keyedLimiter(String name, Limiter limiter, Supplier<Rate> rateNow) {
        Settings settings = new Settings(PartKind.RATE_LIMITER, name);
        KeyedRateLimiter.Builder<String> builder = KeyedRateLimiter.<String>builder(rate(name, limiter))
                .name(name)
                .timeSource(time)
                .ratePerKey(key -> rateNow.get());
        settings.set("max-keys", limiter.maxKeys(), builder::maxKeys);
        settings.set("max-waiters", limiter.maxWaiters(), builder::maxWaiters);
        settings.set("jitter", limiter.jitter(), builder::jitter);
        return settings.make("permits", limiter.permits(), permits -> builder.build());
    }

    Retry retry(String name, Repeat repeat) {
        Settings settings = new Settings(PartKind.RETRY, name);
        RetryPolicyBuilder builder =
                RetryPolicy.builder().backoff(backoff(settings, repeat)).delayFrom(RetriedAnswerException::delay);
        settings.set("max-attempts", repeat.maxAttempts(), builder::maxAttempts);
        settings.set("max-duration", repeat.maxDuration(), builder::maxDuration);
        settings.set("attempt-timeout", repeat.attemptTimeout(), builder::attemptTimeout);
        for (Class<? extends Throwable> type : repeat.retryOn()) {
            settings.set("retry-on", type, builder::retryOn);
        }
        for (Class<? extends Throwable> type : repeat.abortOn()) {
            settings.set("abort-on", type, builder::abortOn);
        }
        RetryBudget budget = budget(settings, name, repeat.budget(), repeat.budgetFloor());
        if (budget != null) {
            builder.budget(budget);
        }
        return Retry.builder(settings.make("max-attempts", repeat.maxAttempts(), attempts -> builder.build()))
                .name(name)
                .timeSource(time)
                .build();
    }

    private static Backoff backoff(Settings settings, Repeat repeat) {
        if (repeat.delay().isZero()) {
            return Backoff.none();
        }
        Backoff fixed = settings.make("delay", repeat.delay(), Backoff::fixed);
        Backoff growing = settings.make(
                "multiplier", repeat.multiplier(), multiplier -> Backoff.exponential(repeat.delay(), multiplier));
        Backoff delays = repeat.jitter() == Jitter.DECORRELATED ? fixed.withDecorrelatedJitter() : growing;
        Backoff capped = settings.make("max-delay", repeat.maxDelay(), delays::withCap);
        return switch (repeat.jitter()) {
            case NONE, DECORRELATED -> capped;
            case FULL -> capped.withFullJitter();
            case EQUAL -> capped.withEqualJitter();
        };
    }

    private static @Nullable RetryBudget budget(Settings settings, String name, @Nullable Double ratio, int floor) {
        if (ratio == null) {
            return null;
        }
        settings.make("budget-floor", floor, its -> RetryBudget.ratio(0, its));
        return settings.make("budget", ratio, its -> RetryBudget.ratio(its, floor))
                .named(name);
    }

    Hedge hedge(String name, Hedged hedged) {
        Settings settings = new Settings(PartKind.HEDGE, name);
        Double percentile = hedged.percentile();
        settings.make("delay", hedged.delay(), Hedge::after);
        Hedge.Builder builder = percentile == null
                ? Hedge.after(hedged.delay())
                : settings.make("percentile", percentile, its -> Hedge.atPercentile(its, hedged.delay()));
        settings.set("max-attempts", hedged.maxAttempts(), builder::maxAttempts);
        RetryBudget budget = budget(settings, name, hedged.budget(), hedged.budgetFloor());
        if (budget != null) {
            builder.budget(budget);
        }
        builder.name(name).timeSource(time);
        return settings.make("max-attempts", hedged.maxAttempts(), attempts -> builder.build());
    }

    ResizableSemaphore semaphore(String name, Permits semaphore) {
        return new Settings(PartKind.SEMAPHORE, name)
                .make(
                        "permits",
                        semaphore.permits(),
                        permits -> semaphore.fair()
                                ? ResizableSemaphore.fair(permits, time)
                                : ResizableSemaphore.unfair(permits, time))
                .named(name);
    }

    KeyedSemaphore<String> keyedSemaphore(String name, Permits semaphore) {
        return new Settings(PartKind.SEMAPHORE, name)
                .<Integer, KeyedSemaphore<String>>make(
                        "permits", semaphore.permits(), permits -> new KeyedSemaphore<>(permits, time))
                .named(name);
    }
}
