package consumer;

import dev.weir.channel.Channel;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.scope.Parallel;
import dev.weir.micrometer.SnapshotCarrier;
import dev.weir.opentelemetry.OpenTelemetryCarrier;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.redis.RedisRateLimiter;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.util.ArrayList;
import java.util.List;

/** Uses each part once, on the class path. */
public final class Consumer {
    public static void main(String[] args) throws Exception {
        RateLimiter limiter = RateLimiter.of(Rate.perSecond(1_000).withBurst(10));
        Retry retry = Retry.of(RetryPolicy.defaults());
        ThrowingFunction<Integer, Integer, RuntimeException> square = n -> n * n;
        List<Integer> squares =
                FanOut.over(List.of(1, 2, 3)).concurrency(2).map(retry.decorate(limiter.decorate(square)));
        int sum = Parallel.join(() -> squares.get(0), () -> squares.get(2), Integer::sum);
        int pooled;
        try (WorkerPool pool = WorkerPool.builder("pool")
                .maxWorkers(2)
                .context(OpenTelemetryCarrier.instance(), SnapshotCarrier.ofProcess())
                .build()) {
            pooled = pool.submit(() -> 32).get();
        }
        Channel<String> channel = Channel.bounded(1);
        channel.send("element");
        channel.close();
        List<Integer> lengths = new ArrayList<>();
        try (RunningPipeline running =
                Pipeline.from(channel).map("length", String::length).to("store", lengths::add).start()) {
            running.awaitCompletion();
        }
        RedisRateLimiter.options();
        check(sum == 10 && pooled == 32 && lengths.equals(List.of(7)));
        System.out.println("weir-core " + WorkerPool.class.getPackage().getImplementationVersion() + " on the class path of Java "
                + Runtime.version().feature());
    }

    private static void check(boolean right) {
        if (!right) {
            throw new AssertionError("a part gave a wrong answer");
        }
    }
}
