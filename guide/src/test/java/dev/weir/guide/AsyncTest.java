package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.WorkerPool;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/bridging-async.md. */
@Timeout(60)
class AsyncTest {
    private static String store(String page) {
        return Thread.currentThread().getName() + " stored " + page;
    }

    @Test
    void a_naive_stage_blocks_the_thread_that_completes_it() throws Exception {
        CompletableFuture<String> page = new CompletableFuture<>();
        // @start region="async-naive"
        // blocks the thread that completes the page
        CompletableFuture<String> stored = page.thenApply(text -> store(text));
        // @end
        Thread.ofPlatform().name("selector of the HTTP client").start(() -> page.complete("text"));
        assertEquals("selector of the HTTP client stored text", stored.get());
    }

    @Test
    void blocking_work_of_a_stage_runs_in_a_pool() throws Exception {
        CompletableFuture<String> page = CompletableFuture.completedFuture("text");
        try (WorkerPool database = WorkerPool.ioBound("database").maxWorkers(10).build()) {
            // @start region="async-blocking"
            CompletableFuture<String> stored =
                    page.thenCompose(text -> database.supplyAsync(() -> store(text))); // at most 10 at once
            // @end
            assertEquals("database-1 stored text", stored.get());
        }
    }

    @Test
    void a_cancel_of_the_future_interrupts_the_blocking_work() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        try (WorkerPool database = WorkerPool.ioBound("database").build()) {
            CompletableFuture<String> stored = database.supplyAsync(() -> {
                try {
                    begun.countDown();
                    new CountDownLatch(1).await();
                    return "";
                } catch (InterruptedException stop) {
                    interrupted.countDown();
                    throw stop;
                }
            });
            begun.await();
            stored.cancel(true); // unlike CompletableFuture.supplyAsync, where the work goes on
            interrupted.await();
        }
        assertEquals(0, interrupted.getCount());
    }

    private static List<String> wait(HttpClient http, List<URI> urls)
            throws IOException, InterruptedException, ExecutionException {
        // @start region="async-wait"
        List<String> pages = FanOut.over(urls)
                .concurrency(5)
                .map(url -> http.sendAsync(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString())
                        .get() // a virtual thread waits: no carrier is blocked
                        .body());
        // @end
        return pages;
    }

    @Test
    void async_calls_are_waited_for_and_limited() throws Exception {
        try (Loopback server = Loopback.start();
                HttpClient http = HttpClient.newHttpClient()) {
            assertEquals("page 2", wait(http, server.uris("/page/", 4)).get(2));
            HttpRequest request = HttpRequest.newBuilder(server.uri("/page/9")).build();
            RateLimiter limiter = RateLimiter.of(Rate.perSecond(100));
            Retry retry = Retry.of(RetryPolicy.defaults());
            // @start region="async-parts"
            CompletableFuture<HttpResponse<String>> answer = limiter.acquireAsync() // no thread waits
                    .thenCompose(permit -> retry.callAsync(() -> http.sendAsync(request, BodyHandlers.ofString())));
            // @end
            assertEquals("page 9", answer.get().body());
            assertTrue(server.mostAtOnce() <= 5);
        }
    }
}
