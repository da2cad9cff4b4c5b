package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimitHeaders;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/limits.md. */
@Timeout(60)
class LimitsTest {
    private static String fetch(HttpClient http, URI url) throws IOException, InterruptedException {
        var response = http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("status " + response.statusCode());
        }
        return response.body();
    }

    // @start region="semaphore-naive"
    static String limited(Semaphore permits, HttpClient http, URI url) throws IOException, InterruptedException {
        permits.acquire();
        String page = fetch(http, url); // throws: the permit is lost
        permits.release();
        return page;
    }

    // @end

    @Test
    void a_naive_semaphore_loses_a_permit_with_each_failure() throws Exception {
        Semaphore permits = new Semaphore(5);
        try (Loopback server = Loopback.start();
                HttpClient http = HttpClient.newHttpClient()) {
            for (int i = 0; i < 5; i++) {
                assertThrows(IOException.class, () -> limited(permits, http, server.uri("/missing")));
            }
        }
        assertEquals(0, permits.availablePermits());
    }

    private static List<String> fetchAll(HttpClient http, List<URI> urls) throws IOException, InterruptedException {
        // @start region="semaphore-fan-out"
        List<String> pages = FanOut.over(urls).concurrency(5).map(url -> fetch(http, url));
        // @end
        return pages;
    }

    @Test
    void a_fetch_is_limited_by_a_fan_out_or_by_a_semaphore_that_all_callers_share() throws Exception {
        try (Loopback server = Loopback.start();
                HttpClient http = HttpClient.newHttpClient()) {
            List<URI> urls = server.uris("/page/", 40);
            assertEquals("page 7", fetchAll(http, urls).get(7));
            assertTrue(server.mostAtOnce() <= 5, () -> "at once: " + server.mostAtOnce());

            // @start region="semaphore"
            ResizableSemaphore bulkhead = ResizableSemaphore.fair(5); // one for the service, for all its callers
            ThrowingFunction<URI, String, Exception> fetch = bulkhead.decorate(url -> fetch(http, url));

            String page = fetch.apply(urls.get(3)); // waits while five others are at it
            bulkhead.resize(10); // the service has grown
            // @end
            assertEquals("page 3", page);
            assertEquals(10, bulkhead.available());
        }
    }

    // @start region="window-naive"
    /** Ten calls in each second. */
    static final class FixedWindow {
        private long second = -1;
        private int calls;

        synchronized boolean tryAcquire(long nowMillis) {
            if (nowMillis / 1000 != second) {
                second = nowMillis / 1000; // a new second, and all its permits at once
                calls = 0;
            }
            return ++calls <= 10;
        }
    }

    // @end

    @Test
    void a_fixed_window_admits_twice_its_limit_at_the_border() {
        FixedWindow naive = new FixedWindow();
        int admitted = 0;
        for (int i = 0; i < 20; i++) {
            admitted += naive.tryAcquire(i < 10 ? 995 : 1_005) ? 1 : 0;
        }
        assertEquals(20, admitted); // within 10 ms
    }

    @Test
    void a_token_bucket_admits_the_burst_and_the_rate_in_every_window() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        // @start region="token-bucket"
        RateLimiter limiter = TokenBucket.builder(Rate.perSecond(10)) // and a burst of 10
                .timeSource(time) // in an application: RateLimiter.of(Rate.perSecond(10))
                .build();
        int admitted = 0;
        for (int i = 0; i < 20; i++) {
            admitted += limiter.tryAcquire() ? 1 : 0;
        }
        time.advance(Duration.ofMillis(10));
        admitted += limiter.tryAcquire() ? 1 : 0; // a tenth of a permit has come back
        // @end
        assertEquals(10, admitted);
        assertEquals("429, after 1 s", answer(limiter));
        time.advance(Duration.ofMillis(90));
        assertEquals("200", answer(limiter));
    }

    private static String answer(RateLimiter limiter) {
        // @start region="token-bucket-server"
        Decision decision = limiter.check(); // takes a permit, or says when there is one
        if (decision.admitted()) {
            return "200";
        }
        return "429, after " + RateLimitHeaders.retryAfter(decision) + " s";
        // @end
    }

    private static void intervalNaively(List<Runnable> calls, Duration interval) throws InterruptedException {
        // @start region="interval-naive"
        for (Runnable call : calls) {
            call.run();
            Thread.sleep(interval); // plus the time of the call; and per thread
        }
        // @end
    }

    @Test
    void a_minimum_interval_is_a_rate_with_a_burst_of_one() throws Exception {
        List<Long> naive = new ArrayList<>();
        intervalNaively(List.of(() -> naive.add(0L)), Duration.ofNanos(1));
        assertEquals(1, naive.size());
        ManualTimeSource time = ManualTimeSource.autoAdvancing();
        List<Long> calls = new ArrayList<>();
        // @start region="interval"
        Rate fivePerSecond = Rate.perSecond(5).withBurst(1); // 200 ms between two calls, also after a pause
        RateLimiter interval =
                TokenBucket.builder(fivePerSecond).timeSource(time).build();
        for (int call = 0; call < 4; call++) {
            interval.acquire(); // one line for all threads
            calls.add(time.nanoTime() / 1_000_000);
        }
        // @end
        long first = calls.getFirst();
        assertEquals(
                List.of(0L, 200L, 400L, 600L),
                calls.stream().map(at -> at - first).toList());
    }
}
