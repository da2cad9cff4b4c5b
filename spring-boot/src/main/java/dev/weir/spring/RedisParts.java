package dev.weir.spring;

import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.redis.RedisRateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.OutagePolicy;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.spring.WeirProperties.Limiter;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** Makes the limiters whose permits are kept in Redis; a class of its own, since weir-ratelimit-redis is optional. */
class RedisParts implements DisposableBean {
    private final WeirProperties properties;
    private final TimeSource time;
    private final ObjectProvider<StatefulRedisConnection<String, String>> connections;
    private @Nullable RedisAsyncCommands<String, String> commands;
    private @Nullable RedisClient ownClient;

    RedisParts(
            WeirProperties properties,
            TimeSource time,
            ObjectProvider<StatefulRedisConnection<String, String>> connections) {
        this.properties = properties;
        this.time = time;
        this.connections = connections;
    }

    RateLimiter rateLimiter(String name) {
        Limiter limiter = WeirParts.of(properties.rateLimiters(), name);
        Settings settings = new Settings(PartKind.RATE_LIMITER, name);
        Rate rate = PartMaker.rate(name, limiter);
        RemoteRateLimiter.Builder builder = settings.make(
                "permits",
                limiter.permits(),
                permits -> RedisRateLimiter.builder(commands(), RedisKeys.key(name, limiter), rate));
        builder.name(name).timeSource(time);
        settings.set("timeout", limiter.timeout(), builder::timeout);
        settings.set("nodes", limiter.nodes(), nodes -> builder.onOutage(policy(limiter)));
        settings.set("max-waiters", limiter.maxWaiters(), builder::maxWaiters);
        settings.set("jitter", limiter.jitter(), builder::jitter);
        return settings.make("permits", limiter.permits(), permits -> builder.build());
    }

    KeyedRemoteRateLimiter keyedRateLimiter(String name) {
        Limiter limiter = WeirParts.of(properties.rateLimiters(), name);
        Settings settings = new Settings(PartKind.RATE_LIMITER, name);
        Rate rate = PartMaker.rate(name, limiter);
        KeyedRemoteRateLimiter.Builder builder =
                settings.make("permits", limiter.permits(), permits -> RedisRateLimiter.keyed(commands(), rate));
        builder.name(name).timeSource(time);
        settings.set("timeout", limiter.timeout(), builder::timeout);
        settings.set("nodes", limiter.nodes(), nodes -> builder.onOutage(policy(limiter)));
        settings.set("max-waiters", limiter.maxWaiters(), builder::maxWaiters);
        settings.set("jitter", limiter.jitter(), builder::jitter);
        return settings.make("permits", limiter.permits(), permits -> builder.build());
    }

    private static OutagePolicy policy(Limiter limiter) {
        return switch (limiter.onOutage()) {
            case REFUSE -> OutagePolicy.refuse();
            case ADMIT -> OutagePolicy.admit();
            case LOCAL_SHARE -> OutagePolicy.localShare(limiter.nodes());
        };
    }

    private synchronized RedisAsyncCommands<String, String> commands() {
        RedisAsyncCommands<String, String> present = commands;
        if (present == null) {
            StatefulRedisConnection<String, String> shared = connections.getIfUnique();
            present = (shared == null ? connect() : shared).async();
            commands = present;
        }
        return present;
    }

    private StatefulRedisConnection<String, String> connect() {
        String uri = properties.redis().uri();
        if (uri == null) {
            throw new InvalidConfigurationPropertyValueException(
                    "weir.redis.uri",
                    "",
                    "rate limiters are kept in Redis, and there is no bean of the type"
                            + " StatefulRedisConnection<String, String> to use instead.");
        }
        RedisClient client;
        try {
            client = RedisClient.create(uri);
        } catch (IllegalArgumentException refused) {
            throw new InvalidConfigurationPropertyValueException("weir.redis.uri", uri, refused.getMessage() + ".");
        }
        ownClient = client;
        client.setOptions(RedisRateLimiter.options().build());
        return client.connect();
    }

    @Override
    public synchronized void destroy() {
        RedisClient client = ownClient;
        if (client != null) {
            ownClient = null;
            client.shutdown();
        }
    }
}
