package dev.weir.examples;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** The code of the README. */
final class ReadmeSnippets {
    private ReadmeSnippets() {}

    /** A service that fails now and then. */
    interface Api {
        String lookup(String key) throws IOException;
    }

    static String limit(Api api) throws IOException, InterruptedException {
        // @start region="limit"
        RateLimiter limiter = RateLimiter.of(Rate.perSecond(100).withBurst(10));

        limiter.acquire(); // waits for a permit; tryAcquire() does not
        String answer = api.lookup("key");
        // @end
        return answer;
    }

    static String retry(Api api, RateLimiter limiter) throws IOException, InterruptedException {
        // @start region="retry"
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(4)
                .backoff(Backoff.exponential(Duration.ofMillis(100), 2)
                        .withCap(Duration.ofSeconds(5))
                        .withFullJitter())
                .retryOn(IOException.class)
                .build());

        String answer = retry.call(() -> api.lookup("key")); // throws IOException, as lookup does
        var limited = retry.decorate(limiter.decorate(api::lookup)); // every attempt takes a permit
        // @end
        ThrowingFunction<String, String, IOException> same = limited;
        return answer + same.apply("key");
    }

    static int pool() throws InterruptedException, ExecutionException {
        // @start region="pool"
        try (WorkerPool pool = WorkerPool.builder("parser")
                .maxWorkers(4)
                .queueCapacity(100) // when it is full, a submitter waits
                .build()) {
            Future<Integer> length = pool.submit(() -> "a document".length());
            return length.get();
        } // waits for what was accepted, a minute at most
        // @end
    }

    static List<String> fanOut(List<String> keys, Api api) throws IOException, InterruptedException {
        // @start region="fanout"
        List<String> answers = FanOut.over(keys)
                .concurrency(5)
                .timeoutEach(Duration.ofSeconds(10))
                .map(api::lookup); // in the order of the keys; throws the IOException of the first to fail
        // @end
        return answers;
    }

    static void pipeline(Iterable<String> keys, Api api, List<Integer> store) throws InterruptedException {
        // @start region="pipeline"
        try (RunningPipeline running = Pipeline.from(keys)
                .mapParallel("fetch", 5, api::lookup)
                .mapParallel("parse", 2, String::length)
                .onPlatformThreads()
                .batch(50, Duration.ofMillis(200))
                .to("store", store::addAll)
                .start()) {
            running.awaitCompletion();
            System.out.println(running.bottleneck()); // fetch: its 5 workers were busy 93% of the time
        }
        // @end
    }

    static String time(Api api) throws IOException, InterruptedException {
        // @start region="time"
        ManualTimeSource time = ManualTimeSource.autoAdvancing();
        Retry retry = Retry.builder(RetryPolicy.defaults()).timeSource(time).build();
        String answer = retry.call(() -> api.lookup("key")); // every backoff passes at once, in order
        // @end
        return answer;
    }
}
