package dev.weir.batch;

import dev.weir.core.internal.Contexts;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What a {@link Batcher} is built with. */
record BatcherSettings<I, O extends @Nullable Object>(
        BulkFunction<I, O> function,
        String name,
        int maxItems,
        long maxWeight,
        @Nullable ToLongFunction<? super I> weigher,
        Duration maxWait,
        int concurrency,
        int capacity,
        Duration closeTimeout,
        TimeSource time,
        Contexts contexts,
        @Nullable Executor executor) {}
