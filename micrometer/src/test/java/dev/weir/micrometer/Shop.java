package dev.weir.micrometer;

import dev.weir.batch.Batcher;
import dev.weir.channel.Channel;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.AdaptiveLimit;
import dev.weir.core.sync.KeyedExecutor;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.retry.Backoff;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryBudget;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** An application with a part of each kind: what has meters. A later kind is a field, and a line in two methods. */
final class Shop implements AutoCloseable {
    private static final Rate TWO = Rate.of(2, Duration.ofSeconds(1));
    private static final Rate MANY = Rate.of(1_000, Duration.ofSeconds(1));

    /** Within which a store answers also on a busy machine. */
    private static final Duration LONG = Duration.ofMinutes(1);

    final ManualTimeSource time = new ManualTimeSource();
    final ManualTimeSource delays = ManualTimeSource.autoAdvancing();
    final WorkerPool pool =
            WorkerPool.builder("orders").minWorkers(1).maxWorkers(2).build();
    final KeyedExecutor<String> executor =
            KeyedExecutor.<String>builder(Runnable::run).name("accounts").build();
    final ResizableSemaphore semaphore = ResizableSemaphore.fair(3).named("connections");
    final KeyedSemaphore<String> keyedSemaphore = new KeyedSemaphore<String>(1).named("tenants");
    final AdaptiveLimit adaptive = AdaptiveLimit.aimd(1, 10).name("search").build();
    final RateLimiter limiter =
            TokenBucket.builder(TWO).name("api").timeSource(time).build();
    final KeyedRateLimiter<String> keyedLimiter =
            KeyedRateLimiter.<String>builder(TWO).name("users").timeSource(time).build();
    final RemoteRateLimiter remote = RemoteRateLimiter.builder(new StoredPermits(), "key", MANY)
            .name("fleet")
            .timeout(LONG)
            .build();
    final KeyedRemoteRateLimiter keyedRemote = KeyedRemoteRateLimiter.builder(new StoredPermits(), MANY)
            .name("fleet-users")
            .timeout(LONG)
            .build();
    final RetryBudget budget = RetryBudget.tokens(10, 0).named("payments");
    final Retry retry = Retry.builder(RetryPolicy.builder()
                    .maxAttempts(3)
                    .backoff(Backoff.fixed(Duration.ofMillis(100)))
                    .budget(budget)
                    .build())
            .name("payments")
            .timeSource(delays)
            .build();
    final Hedge hedge = Hedge.after(Duration.ofMinutes(1)).name("reads").build();
    final Channel<Integer> channel = Channel.<Integer>builder(2).name("jobs").build();
    final RunningPipeline pipeline = Pipeline.from(List.of(1, 2, 3))
            .named("lines")
            .filter("valid", line -> line != 2)
            .to("store", line -> {})
            .name("import")
            .start();
    final Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> items)
            .name("rows")
            .maxItems(1)
            .build();

    /** All of them. */
    WeirMeters addTo(WeirMeters meters) {
        return meters.add(pool)
                .add(executor)
                .add(semaphore)
                .add(keyedSemaphore)
                .add(adaptive)
                .add(limiter)
                .add(keyedLimiter)
                .add(remote)
                .add(keyedRemote)
                .add(budget)
                .add(retry)
                .add(hedge)
                .add(channel)
                .add(pipeline)
                .add(batcher);
    }

    List<Object> parts() {
        return List.of(
                pool,
                executor,
                semaphore,
                keyedSemaphore,
                adaptive,
                limiter,
                keyedLimiter,
                remote,
                keyedRemote,
                budget,
                retry,
                hedge,
                channel,
                pipeline,
                batcher);
    }

    /** Traffic whose counts are known. */
    void trade() throws Exception {
        List<Future<?>> tasks = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int order = i;
            tasks.add(pool.submit(() -> order / (order - 4)));
        }
        for (Future<?> task : tasks) {
            end(task);
        }
        end(executor.submit("a", () -> 1));
        end(executor.submit("b", () -> {
            throw new IOException("the account is locked");
        }));

        semaphore.acquire();
        semaphore.tryAcquire(3); // rejected
        keyedSemaphore.acquire("a");
        keyedSemaphore.tryAcquire("a"); // rejected
        adaptive.acquire().succeeded();

        for (int i = 0; i < 5; i++) {
            limiter.tryAcquire(); // the last three are rejected
            keyedLimiter.limiter("a").tryAcquire();
        }
        keyedLimiter.limiter("b").tryAcquire();
        remote.acquire();
        keyedRemote.forKey("a").acquire();
        keyedRemote.forKey("b").acquire();

        int[] failures = {2};
        retry.run(() -> {
            if (failures[0]-- > 0) {
                throw new IOException("the bank is busy");
            }
        });
        try {
            retry.run(() -> {
                throw new IOException("the bank is closed");
            });
        } catch (IOException gaveUp) {
            // as it should
        }
        hedge.call(() -> 1);
        channel.send(1);
        channel.send(2);
        channel.receive();
        pipeline.awaitCompletion();
        batcher.call(1);
        batcher.call(2);
    }

    private static void end(Future<?> task) throws InterruptedException {
        try {
            task.get();
        } catch (ExecutionException failed) {
            // counted
        }
    }

    @Override
    public void close() {
        pool.close();
        pipeline.close();
        batcher.close();
    }
}
