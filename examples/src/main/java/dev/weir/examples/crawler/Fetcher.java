package dev.weir.examples.crawler;

import dev.weir.core.Outcome;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.scope.Timeouts;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryListener;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** Gets addresses: no faster than the rate, again after a failure that may pass, and for so long at most. */
final class Fetcher implements AutoCloseable, RetryListener {
    private static final BodyHandler<byte[]> ONLY_HTML =
            info -> info.headers().firstValue("Content-Type").orElse("").startsWith("text/html")
                    ? BodySubscribers.ofByteArray()
                    : BodySubscribers.mapping(BodySubscribers.discarding(), nothing -> new byte[0]);

    final Map<String, Integer> retries = new ConcurrentSkipListMap<>();
    final RateLimiter limiter;
    private final HttpClient http =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
    private final Duration timeout;
    private final ThrowingFunction<URI, HttpResponse<byte[]>, IOException> get;

    Fetcher(Rate rate, Duration timeout) {
        this.timeout = timeout;
        limiter = RateLimiter.of(rate);
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(4)
                .backoff(Backoff.exponential(Duration.ofMillis(100), 2)
                        .withCap(Duration.ofSeconds(2))
                        .withFullJitter())
                .retryOn(IOException.class)
                .delayFrom(failure -> failure instanceof Refused refused ? refused.retryAfter : null)
                .listener(this)
                .build());
        get = retry.decorate(limiter.decorate(this::send));
    }

    Fetched fetch(URI uri) throws InterruptedException {
        long start = System.nanoTime();
        Outcome<HttpResponse<byte[]>> outcome = Outcome.of(() -> Timeouts.call(timeout, () -> get.apply(uri)));
        return new Fetched(uri, outcome, Duration.ofNanos(System.nanoTime() - start));
    }

    private HttpResponse<byte[]> send(URI uri) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(HttpRequest.newBuilder(uri).build(), ONLY_HTML);
        if (response.statusCode() == 429 || response.statusCode() >= 500) {
            throw new Refused(response);
        }
        return response;
    }

    @Override
    public void onRetry(int attempt, Throwable failure, Duration delay) {
        retries.merge(Fetched.why(failure), 1, Integer::sum);
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
