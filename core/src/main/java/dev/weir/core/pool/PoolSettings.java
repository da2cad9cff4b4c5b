package dev.weir.core.pool;

import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Threads;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a builder collects and a pool is built from. A pool has a copy, which nobody changes. */
final class PoolSettings {
    final String name;
    int minWorkers;
    int maxWorkers = Runtime.getRuntime().availableProcessors();
    long keepAliveNanos = Duration.ofMinutes(1).toNanos();
    int queueCapacity = 1_024;
    Saturation saturation = Saturation.block();
    TimeSource timeSource = TimeSource.system();

    @Nullable
    BiConsumer<? super Runnable, ? super Throwable> failureHandler;

    /** 0 for a queue without priorities. */
    long ageingNanos;

    /** Null for a queue without fair shares. */
    @Nullable
    Map<String, Integer> weights;

    long queueTimeoutNanos = Long.MAX_VALUE;
    long runTimeoutNanos = Long.MAX_VALUE;
    long slowNanos = Long.MAX_VALUE;
    long stallNanos = Duration.ofSeconds(10).toNanos();
    Duration closeTimeout = Duration.ofMinutes(1);
    boolean submitterStacks;
    boolean virtual;
    boolean daemon;

    @Nullable
    ThreadFactory threads;

    Contexts contexts = Contexts.byDefault();
    List<UnaryOperator<Runnable>> decorators = List.of();

    PoolSettings(String name) {
        this.name = name;
    }

    PoolSettings copy() {
        PoolSettings copy = new PoolSettings(name);
        copy.minWorkers = minWorkers;
        copy.maxWorkers = maxWorkers;
        copy.keepAliveNanos = keepAliveNanos;
        copy.queueCapacity = queueCapacity;
        copy.saturation = saturation;
        copy.timeSource = timeSource;
        copy.failureHandler = failureHandler;
        copy.ageingNanos = ageingNanos;
        copy.weights = weights;
        copy.queueTimeoutNanos = queueTimeoutNanos;
        copy.runTimeoutNanos = runTimeoutNanos;
        copy.slowNanos = slowNanos;
        copy.stallNanos = stallNanos;
        copy.closeTimeout = closeTimeout;
        copy.submitterStacks = submitterStacks;
        copy.virtual = virtual;
        copy.daemon = daemon;
        copy.threads = threads;
        copy.contexts = contexts;
        copy.decorators = decorators;
        return copy;
    }

    ThreadFactory threadFactory() {
        if (threads != null) {
            return threads;
        }
        AtomicLong number = new AtomicLong();
        return work -> {
            String next = name + "-" + number.incrementAndGet();
            if (virtual) {
                return Threads.virtual(next, work);
            }
            return daemon ? Threads.daemon(next, work) : Threads.platform(next, work);
        };
    }
}
