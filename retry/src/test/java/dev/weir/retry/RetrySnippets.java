package dev.weir.retry;

import dev.weir.core.ThrowingSupplier;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The code of the module's Javadoc. */
final class RetrySnippets {
    private RetrySnippets() {}

    static RetryPolicy policy() {
        // @start region="policy"
        RetryPolicy policy = RetryPolicy.builder()
                .maxAttempts(5)
                .maxDuration(Duration.ofSeconds(30))
                .backoff(backoff())
                .retryOn(IOException.class)
                .build();
        // @end
        return policy;
    }

    static Backoff backoff() {
        // @start region="backoff"
        Backoff backoff = Backoff.exponential(Duration.ofMillis(100), 2)
                .withCap(Duration.ofSeconds(5))
                .withFullJitter();
        // @end
        return backoff;
    }

    static RetryPolicy budget() {
        // @start region="budget"
        RetryBudget budget = RetryBudget.ratio(0.1, 2); // of one service; two retries a second, and one in ten calls
        RetryPolicy policy = RetryPolicy.builder().budget(budget).build();
        // @end
        return policy;
    }

    static String call(ThrowingSupplier<String, IOException> api) throws IOException, InterruptedException {
        // @start region="call"
        Retry retry = Retry.of(RetryPolicy.defaults());
        String page = retry.call(() -> api.get()); // throws IOException, as the lambda does
        // @end
        return page;
    }

    static CompletableFuture<String> callAsync(Retry retry, Supplier<CompletableFuture<String>> client) {
        // @start region="callAsync"
        CompletableFuture<String> page = retry.callAsync(() -> client.get());
        page.orTimeout(10, TimeUnit.SECONDS); // stops the attempt that runs then, or the delay
        // @end
        return page;
    }

    static String hedge(ThrowingSupplier<String, IOException> api) throws IOException, InterruptedException {
        // @start region="hedge"
        Hedge hedge = Hedge.atPercentile(95, Duration.ofMillis(50))
                .budget(RetryBudget.ratio(0.1, 2))
                .build();
        String page = hedge.call(() -> api.get()); // slow? then a second one, and the first answer of both
        // @end
        return page;
    }

    static InputStream undelivered(ThrowingSupplier<InputStream, IOException> api)
            throws IOException, InterruptedException {
        // @start region="undelivered"
        Hedge hedge = Hedge.after(Duration.ofMillis(50))
                .onUndelivered(InputStream.class, RetrySnippets::close) // of the attempt that was too late
                .build();
        InputStream page = hedge.call(api);
        // @end
        return page;
    }

    private static void close(InputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static CompletableFuture<String> hedgeAsync(
            Retry retry, Hedge hedge, ThrowingSupplier<CompletableFuture<String>, IOException> api) {
        // @start region="hedgeAsync"
        CompletableFuture<String> page =
                retry.callAsyncWithAttempt(attempt -> hedge.callAsyncIn(attempt, () -> api.get()));
        // @end
        return page;
    }

    static String hedgedRetry(Retry retry, Hedge hedge, ThrowingSupplier<String, IOException> api)
            throws IOException, InterruptedException {
        // @start region="hedgedRetry"
        String page = retry.callWithAttempt(attempt -> hedge.callIn(attempt, () -> api.get()));
        // @end
        return page;
    }

    static String attempt(Retry retry, ThrowingSupplier<String, IOException> api) throws InterruptedException {
        // @start region="attempt"
        String line = switch (retry.attempt(api)) {
            case RetryResult.Success<String> ok -> ok.value();
            case RetryResult.Rejected<String> no -> "no answer that counts: " + no.reason();
            case RetryResult.Failed<String> bad -> bad.attempts() + " attempts: " + bad.failure();
        };
        // @end
        return line;
    }

    static String scope(Retry retry, ThrowingSupplier<String, IOException> api)
            throws IOException, InterruptedException {
        // @start region="scope"
        try (RetryScope scope = new RetryScope()) { // as long as the application; shut it down before its thread pools
            Retry client = retry.within(scope);
            return client.call(() -> api.get());
        }
        // @end
    }

    static CompletableFuture<String> attemptAsync(
            Retry retry, ThrowingSupplier<CompletableFuture<String>, IOException> api) {
        // @start region="attemptAsync"
        CompletableFuture<String> line = retry.attemptAsync(api).thenApply(result -> switch (result) {
            case RetryResult.Success<String> ok -> ok.value();
            case RetryResult.Rejected<String> no -> "no answer that counts: " + no.reason();
            case RetryResult.Failed<String> bad -> bad.attempts() + " attempts: " + bad.failure();
        });
        // @end
        return line;
    }

    static HttpResponse<String> results(HttpClient client, HttpRequest request) throws Exception {
        // @start region="results"
        Retry retry = Retry.of(RetryPolicy.builder()
                .retryOn(IOException.class)
                .retryOnResult(HttpResponse.class, r -> r.statusCode() == 429 || r.statusCode() == 503)
                .delayFromResult(
                        HttpResponse.class,
                        r -> RetryAfter.parse(
                                r.headers().firstValue("Retry-After").orElse(null)))
                .failOnRejectedResult()
                .build());
        HttpResponse<String> response = retry.call(() -> client.send(request, BodyHandlers.ofString()));
        // @end
        return response;
    }

    static HttpResponse<String> http(HttpClient client, HttpRequest request) throws Exception {
        // @start region="http"
        Retry retry = Retry.of(HttpRetries.policy()
                .maxAttempts(5)
                .maxDuration(Duration.ofSeconds(30))
                .build());
        HttpResponse<String> response = HttpRetries.send(retry, client, request, BodyHandlers.ofString());
        // @end
        return response;
    }
}
