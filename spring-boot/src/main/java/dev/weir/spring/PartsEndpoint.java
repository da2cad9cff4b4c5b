package dev.weir.spring;

import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** The endpoint {@code weir}: every part with its metrics; durations in seconds. */
@Endpoint(id = "weir")
final class PartsEndpoint {
    private static final double NANOS = 1e9;

    private final WeirRegistry registry;

    PartsEndpoint(WeirRegistry registry) {
        this.registry = registry;
    }

    @ReadOperation
    public Map<String, Object> parts() {
        Map<String, Object> groups = new LinkedHashMap<>();
        for (PartKind kind : PartKind.values()) {
            Map<String, Object> parts = new LinkedHashMap<>();
            registry.all(kind).forEach((name, part) -> parts.put(name, described(part)));
            groups.put(kind.group, parts);
        }
        return groups;
    }

    private static Map<String, Object> described(Object part) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("type", part.getClass().getSimpleName());
        if (part instanceof RateLimiter limiter) {
            described.put("rate", plain(limiter.rate()));
        } else if (part instanceof KeyedRemoteRateLimiter remote) {
            described.put("rate", plain(remote.rate()));
        }
        described.put("metrics", plain(metrics(part)));
        if (part instanceof RemoteRateLimiter remote) {
            described.put("remote", plain(remote.remoteMetrics()));
        } else if (part instanceof KeyedRemoteRateLimiter remote) {
            described.put("remote", plain(remote.remoteMetrics()));
        }
        return described;
    }

    private static @Nullable Object metrics(Object part) {
        return switch (part) {
            case WorkerPool pool -> pool.metrics();
            case RateLimiter limiter -> limiter.metrics();
            case KeyedRateLimiter<?> limiter -> limiter.metrics();
            case KeyedRemoteRateLimiter limiter -> limiter.metrics();
            case Retry retry -> retry.metrics();
            case Hedge hedge -> hedge.metrics();
            case ResizableSemaphore semaphore -> semaphore.metrics();
            case KeyedSemaphore<?> semaphore -> semaphore.metrics();
            default -> null;
        };
    }

    /** What any JSON mapper writes in the same way. */
    private static @Nullable Object plain(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Number number -> number;
            case Boolean flag -> flag;
            case Duration duration -> duration.getSeconds() + duration.getNano() / NANOS;
            case Record record -> {
                Map<String, @Nullable Object> fields = new LinkedHashMap<>();
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    fields.put(component.getName(), plain(read(record, component)));
                }
                yield fields;
            }
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> entries = new LinkedHashMap<>();
                map.forEach((key, its) -> entries.put(String.valueOf(key), plain(its)));
                yield entries;
            }
            default -> value.toString();
        };
    }

    private static @Nullable Object read(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException unreadable) {
            throw new IllegalStateException("cannot read " + component + " of " + record, unreadable);
        }
    }
}
