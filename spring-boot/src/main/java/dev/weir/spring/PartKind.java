package dev.weir.spring;

import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import java.util.List;

/** The kinds of parts that there are properties for. */
enum PartKind {
    POOL("pools", "pool", "Pool", WorkerPool.class),
    RATE_LIMITER(
            "rate-limiters",
            "rate limiter",
            "RateLimiter",
            RateLimiter.class,
            KeyedRateLimiter.class,
            KeyedRemoteRateLimiter.class),
    RETRY("retries", "retry", "Retry", Retry.class),
    HEDGE("hedges", "hedge", "Hedge", Hedge.class),
    SEMAPHORE("semaphores", "semaphore", "Semaphore", ResizableSemaphore.class, KeyedSemaphore.class);

    final String group;
    final String words;
    private final String suffix;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    final List<Class<?>> types;

    PartKind(String group, String words, String suffix, Class<?>... types) {
        this.group = group;
        this.words = words;
        this.suffix = suffix;
        this.types = List.of(types);
    }

    String property(String name) {
        return WeirProperties.PREFIX + "." + group + "." + name;
    }

    /** For instance {@code githubApiRetry} for {@code github-api}. */
    String beanName(String name) {
        StringBuilder camel = new StringBuilder();
        boolean upper = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '-' || c == '.' || c == '_') {
                upper = !camel.isEmpty();
            } else {
                camel.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return camel.append(suffix).toString();
    }
}
