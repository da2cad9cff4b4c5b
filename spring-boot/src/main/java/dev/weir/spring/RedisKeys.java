package dev.weir.spring;

import dev.weir.spring.WeirProperties.Limiter;

/** The keys of limiters in Redis; apart from {@link RedisParts}, which needs Redis classes. */
final class RedisKeys {
    private RedisKeys() {}

    static String key(String name, Limiter limiter) {
        String key = limiter.redisKey();
        return key == null ? "weir:" + name + ":" : key;
    }
}
