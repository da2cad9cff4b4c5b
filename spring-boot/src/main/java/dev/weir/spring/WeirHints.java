package dev.weir.spring;

import dev.weir.core.Times;
import dev.weir.core.pool.PoolMetrics;
import dev.weir.core.sync.KeyedSemaphoreMetrics;
import dev.weir.core.sync.SemaphoreMetrics;
import dev.weir.ratelimit.KeyedRateLimiterMetrics;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiterMetrics;
import dev.weir.ratelimit.remote.RemoteMetrics;
import dev.weir.retry.HedgeMetrics;
import dev.weir.retry.RetryMetrics;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;

/** What a native image has to keep: the accessors of metrics for the endpoint, and the properties for a refresh. */
final class WeirHints implements RuntimeHintsRegistrar {
    static final List<Class<?>> RECORDS = List.of(
            Rate.class,
            Times.class,
            PoolMetrics.class,
            RateLimiterMetrics.class,
            KeyedRateLimiterMetrics.class,
            RemoteMetrics.class,
            RetryMetrics.class,
            HedgeMetrics.class,
            SemaphoreMetrics.class,
            KeyedSemaphoreMetrics.class);

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classes) {
        for (Class<?> type : RECORDS) {
            hints.reflection().registerType(type, MemberCategory.INVOKE_PUBLIC_METHODS);
        }
        BindableRuntimeHintsRegistrar.forTypes(WeirProperties.class).registerHints(hints);
    }
}
