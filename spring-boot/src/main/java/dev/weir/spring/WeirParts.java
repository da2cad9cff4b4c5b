package dev.weir.spring;

import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import dev.weir.spring.WeirProperties.Limiter;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.ListableBeanFactory;

/** Makes the beans that the properties name: their definitions call its methods. */
class WeirParts {
    private final WeirProperties properties;
    private final PartMaker maker;
    private final ListableBeanFactory beans;

    /** Of the keyed limiters of this process. */
    final Map<String, LiveRate> rates = new ConcurrentHashMap<>();

    WeirParts(WeirProperties properties, TimeSource time, ListableBeanFactory beans) {
        this.properties = properties;
        this.maker = new PartMaker(time);
        this.beans = beans;
    }

    WeirProperties properties() {
        return properties;
    }

    PartMaker maker() {
        return maker;
    }

    WorkerPool pool(String name) {
        return maker.pool(name, of(properties.pools(), name));
    }

    PoolLifecycle poolLifecycle(String name) {
        WeirProperties.Pool pool = of(properties.pools(), name);
        WorkerPool bean = beans.getBean(PartKind.POOL.beanName(name), WorkerPool.class);
        return new PoolLifecycle(bean, pool.closeTimeout(), pool.phase());
    }

    RateLimiter rateLimiter(String name) {
        return maker.limiter(name, of(properties.rateLimiters(), name));
    }

    KeyedRateLimiter<String> keyedRateLimiter(String name) {
        Limiter limiter = of(properties.rateLimiters(), name);
        LiveRate rate = new LiveRate(PartMaker.rate(name, limiter));
        rates.put(name, rate);
        return maker.keyedLimiter(name, limiter, rate);
    }

    Retry retry(String name) {
        return maker.retry(name, of(properties.retries(), name));
    }

    Hedge hedge(String name) {
        return maker.hedge(name, of(properties.hedges(), name));
    }

    ResizableSemaphore semaphore(String name) {
        return maker.semaphore(name, of(properties.semaphores(), name));
    }

    KeyedSemaphore<String> keyedSemaphore(String name) {
        return maker.keyedSemaphore(name, of(properties.semaphores(), name));
    }

    /** An application that was made native has the definitions of its build, whatever is set when it starts. */
    static <T> T of(Map<String, T> settings, String name) {
        return Objects.requireNonNull(
                settings.get(name),
                () -> "There are no properties any more for " + name + ", for which a bean was"
                        + " defined when the application was built.");
    }
}
