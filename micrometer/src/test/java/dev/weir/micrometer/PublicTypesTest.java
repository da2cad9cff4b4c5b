package dev.weir.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.batch.Batcher;
import dev.weir.channel.Channel;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.AdaptiveLimit;
import dev.weir.core.sync.KeyedExecutor;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryBudget;
import dev.weir.testkit.NullArguments;
import dev.weir.testkit.PublicTypes;
import io.micrometer.context.ContextRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PublicTypesTest {
    @Test
    void every_object_describes_itself_for_a_log() throws Exception {
        assertEquals(List.of(), PublicTypes.thatDoNotDescribeThemselves(SnapshotCarrier.class));
    }

    @Test
    void every_method_refuses_null_and_names_it() throws Exception {
        try (Shop shop = new Shop()) {
            NullArguments nulls = new NullArguments(WeirMeters.class)
                    .sample(WeirMeters.class, new WeirMeters())
                    .sample(SnapshotCarrier.class, SnapshotCarrier.ofProcess())
                    .sample(ContextRegistry.class, new ContextRegistry())
                    .sample(MeterRegistry.class, new SimpleMeterRegistry())
                    .sample(Tag[].class, new Tag[0])
                    .sample(WorkerPool.class, shop.pool)
                    .sample(KeyedExecutor.class, shop.executor)
                    .sample(ResizableSemaphore.class, shop.semaphore)
                    .sample(KeyedSemaphore.class, shop.keyedSemaphore)
                    .sample(AdaptiveLimit.class, shop.adaptive)
                    .sample(RateLimiter.class, shop.limiter)
                    .sample(KeyedRateLimiter.class, shop.keyedLimiter)
                    .sample(KeyedRemoteRateLimiter.class, shop.keyedRemote)
                    .sample(RetryBudget.class, shop.budget)
                    .sample(Retry.class, shop.retry)
                    .sample(Hedge.class, shop.hedge)
                    .sample(Channel.class, shop.channel)
                    .sample(RunningPipeline.class, shop.pipeline)
                    .sample(Batcher.class, shop.batcher);
            assertEquals(Map.of(), nulls.takenOrNotNamed());
        }
    }
}
