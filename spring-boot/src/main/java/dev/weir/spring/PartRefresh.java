package dev.weir.spring;

import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.spring.WeirProperties.Limiter;
import dev.weir.spring.WeirProperties.Permits;
import dev.weir.spring.WeirProperties.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Changes what can be changed while the application runs, when properties have. */
final class PartRefresh {
    private static final Logger LOG = LoggerFactory.getLogger(PartRefresh.class);

    /** Of a part that there was before. */
    private interface Comparison<T> {
        void of(String name, T before, T after);
    }

    private final Environment environment;
    private final WeirParts parts;

    /** What the parts are set to now. Changed under the lock of this alone; volatile for those who only read it. */
    private volatile WeirProperties now;

    PartRefresh(Environment environment, WeirParts parts) {
        this.environment = environment;
        this.parts = parts;
        this.now = parts.properties();
    }

    /** Of a limiter in Redis that is made of properties; empty for other beans. */
    String redisPrefix(String name) {
        Limiter limiter = parts.properties().rateLimiters().get(name);
        return limiter != null && limiter.redis() ? RedisKeys.key(name, limiter) : "";
    }

    WeirProperties now() {
        return now;
    }

    synchronized void refresh(WeirRegistry registry) {
        WeirProperties next = Binder.get(environment).bindOrCreate(WeirProperties.PREFIX, WeirProperties.class);
        List<String> fixed = new ArrayList<>();
        List<Runnable> changes = new ArrayList<>();
        compare(PartKind.POOL, now.pools(), next.pools(), fixed, (name, before, pool) -> {
            if (!pool.withSizesOf(before).equals(before)) {
                fixed.add(PartKind.POOL.property(name));
            }
            parts.maker().pool(name, before.withSizesOf(pool)); // starts no thread before there is a task
            changes.add(() -> change(registry.pool(name), before, pool));
        });
        compare(PartKind.RATE_LIMITER, now.rateLimiters(), next.rateLimiters(), fixed, (name, before, limiter) -> {
            if (!limiter.withRateOf(before).equals(before)) {
                fixed.add(PartKind.RATE_LIMITER.property(name));
            }
            Rate rate = PartMaker.rate(name, limiter);
            parts.maker().limiter(name, before.withRateOf(limiter));
            if (!rate.equals(PartMaker.rate(name, before))) {
                changes.add(() -> change(registry, name, rate));
            }
        });
        compare(PartKind.SEMAPHORE, now.semaphores(), next.semaphores(), fixed, (name, before, semaphore) -> {
            if (!semaphore.withSizeOf(before).equals(before)) {
                fixed.add(PartKind.SEMAPHORE.property(name));
            }
            Permits resized = before.withSizeOf(semaphore);
            if (!resized.equals(before)) {
                parts.maker().semaphore(name, resized);
                ResizableSemaphore bean = registry.semaphore(name);
                changes.add(() -> bean.resize(resized.permits()));
            }
        });
        compare(PartKind.RETRY, now.retries(), next.retries(), fixed, (name, before, retry) -> {
            if (!retry.equals(before)) {
                fixed.add(PartKind.RETRY.property(name));
            }
        });
        compare(PartKind.HEDGE, now.hedges(), next.hedges(), fixed, (name, before, hedge) -> {
            if (!hedge.equals(before)) {
                fixed.add(PartKind.HEDGE.property(name));
            }
        });
        changes.forEach(Runnable::run);
        now = next;
        if (!fixed.isEmpty()) {
            LOG.warn("Changes of these properties need a restart of the application: {}", new TreeSet<>(fixed));
        }
    }

    private static <T> void compare(
            PartKind kind, Map<String, T> before, Map<String, T> after, List<String> fixed, Comparison<T> comparison) {
        after.forEach((name, part) -> {
            T partBefore = before.get(name);
            if (partBefore != null) {
                comparison.of(name, partBefore, part);
            } else {
                fixed.add(kind.property(name));
            }
        });
        before.keySet().stream()
                .filter(name -> !after.containsKey(name))
                .map(kind::property)
                .forEach(fixed::add);
    }

    private static void change(WorkerPool pool, Pool before, Pool after) {
        if (before.minWorkers() != after.minWorkers() || before.mostWorkers() != after.mostWorkers()) {
            pool.resize(after.minWorkers(), after.mostWorkers());
        }
        if (before.queueCapacity() != after.queueCapacity()) {
            pool.resizeQueue(after.queueCapacity());
        }
    }

    private void change(WeirRegistry registry, String name, Rate rate) {
        LiveRate keys = parts.rates.get(name);
        if (keys != null) {
            keys.set(rate);
        } else if (registry.find(PartKind.RATE_LIMITER, name) instanceof KeyedRemoteRateLimiter remote) {
            remote.replaceRate(rate);
        } else if (registry.find(PartKind.RATE_LIMITER, name) instanceof RateLimiter limiter) {
            limiter.replaceRate(rate);
        }
    }
}
