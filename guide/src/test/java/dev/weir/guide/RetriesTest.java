package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.retry.Backoff;
import dev.weir.retry.HttpRetries;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryListener;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/retries.md. */
@Timeout(60)
class RetriesTest {
    /** Fails a number of times. */
    private static ThrowingSupplier<String, IOException> failing(int times) {
        AtomicInteger calls = new AtomicInteger();
        return () -> {
            if (calls.incrementAndGet() <= times) {
                throw new IOException("failure " + calls.get());
            }
            return "answer";
        };
    }

    // @start region="retry-naive"
    static String retry(Callable<String> call) {
        for (int attempt = 1; attempt <= 3; attempt++) {
            try {
                return call.call();
            } catch (Exception failure) { // InterruptedException and NullPointerException, too
                try {
                    Thread.sleep(100L << attempt); // also after the last one; all clients at the same moment
                } catch (InterruptedException ignored) {
                    // and now nobody can stop this
                }
            }
        }
        return null; // what went wrong?
    }

    // @end

    @Test
    void a_naive_retry_cannot_be_stopped_and_hides_the_failure() {
        AtomicInteger calls = new AtomicInteger();
        assertNull(retry(() -> {
            calls.incrementAndGet();
            Thread.currentThread().interrupt(); // so that the sleep ends at once
            throw new InterruptedException();
        }));
        assertEquals(3, calls.get());
    }

    private static List<Long> delays(Backoff backoff) throws InterruptedException {
        List<Long> delays = new ArrayList<>();
        RetryPolicy policy = RetryPolicy.builder()
                .maxAttempts(6)
                .backoff(backoff)
                .listener(new RetryListener() {
                    @Override
                    public void onRetry(int attempt, @Nullable Throwable failure, Duration delay) {
                        delays.add(delay.toMillis());
                    }
                })
                .build();
        Retry retry = Retry.builder(policy)
                .timeSource(ManualTimeSource.autoAdvancing())
                .build();
        assertEquals(
                "failure 6",
                assertThrows(IOException.class, () -> retry.call(failing(6))).getMessage());
        return delays;
    }

    @Test
    void a_backoff_is_linear_or_exponential() throws Exception {
        // @start region="backoffs"
        Backoff linear = Backoff.linear(Duration.ofMillis(100)); // 100, 200, 300, 400, 500 ms
        Backoff exponential = Backoff.exponential(Duration.ofMillis(100), 2) // 100, 200, 400, 800 ms, then
                .withCap(Duration.ofSeconds(1)); // 1 s
        Backoff spread = exponential.withFullJitter(); // each between 0 and that: clients do not come in waves
        // @end
        assertEquals(List.of(100L, 200L, 300L, 400L, 500L), delays(linear));
        assertEquals(List.of(100L, 200L, 400L, 800L, 1_000L), delays(exponential));
        assertEquals(
                5, delays(spread).stream().filter(millis -> millis <= 1_000).count());
    }

    private static String retried(ThrowingSupplier<String, IOException> api) throws IOException, InterruptedException {
        // @start region="retry"
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(4) // the first call and three retries
                .maxDuration(Duration.ofSeconds(30)) // no attempt begins later
                .backoff(Backoff.exponential(Duration.ofMillis(10), 2)
                        .withCap(Duration.ofSeconds(5))
                        .withFullJitter())
                .retryOn(IOException.class)
                .build());
        String answer = retry.call(() -> api.get()); // throws the IOException of the last attempt
        // @end
        return answer;
    }

    @Test
    void a_retry_throws_the_last_failure() throws Exception {
        assertEquals("answer", retried(failing(3)));
        assertEquals(
                "failure 4",
                assertThrows(IOException.class, () -> retried(failing(9))).getMessage());
        assertThrows(
                NullPointerException.class,
                () -> retried(() -> {
                    throw new NullPointerException("a bug is not retried");
                }));
    }

    // @start region="retry-after-naive"
    static HttpResponse<String> get(HttpClient http, HttpRequest request) throws Exception {
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        while (response.statusCode() == 429) { // for ever
            String after = response.headers().firstValue("Retry-After").orElse("1");
            Thread.sleep(Long.parseLong(after) * 1000); // it may be a date, a year, or 9999999999999999
            response = http.send(request, BodyHandlers.ofString());
        }
        return response;
    }

    // @end

    private static HttpResponse<String> send(HttpClient http, URI url, ManualTimeSource time) throws Exception {
        // @start region="retry-after"
        RetryPolicy policy = HttpRetries.policy() // 429 and 503, as Retry-After says, if the request is idempotent
                .maxAttempts(5)
                .maxDuration(Duration.ofSeconds(30))
                .build();
        Retry retry = Retry.builder(policy).timeSource(time).build(); // in an application: Retry.of(policy)
        HttpRequest request = HttpRequest.newBuilder(url).build();
        HttpResponse<String> response = HttpRetries.send(retry, http, request, BodyHandlers.ofString());
        // @end
        return response;
    }

    @Test
    void an_http_retry_waits_as_long_as_the_server_says() throws Exception {
        ManualTimeSource time = ManualTimeSource.autoAdvancing();
        long start = time.nanoTime();
        try (Loopback server = Loopback.start();
                HttpClient http = HttpClient.newHttpClient()) {
            assertEquals("busy", send(http, server.uri("/busy"), time).body());
            assertEquals(2, server.requests());
            assertEquals(404, send(http, server.uri("/missing"), time).statusCode());
            assertEquals(
                    "page 1",
                    get(http, HttpRequest.newBuilder(server.uri("/page/1")).build())
                            .body());
        }
        assertEquals(true, time.nanoTime() - start >= 2_000_000_000L);
    }
}
