package dev.weir.spring.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryListener;
import dev.weir.retry.RetryPolicy;
import dev.weir.spring.RetriedAnswerException;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.mock.http.client.MockClientHttpRequest;
import org.springframework.mock.http.client.MockClientHttpResponse;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class ClientTest {
    private final AtomicInteger requests = new AtomicInteger();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();
    private volatile int failures;
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            int number = requests.incrementAndGet();
            int status = number <= failures ? 429 : 200;
            if (status == 429) {
                exchange.getResponseHeaders().set("Retry-After", "7");
            }
            byte[] answer = ("answer " + number).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String url() {
        return "http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort();
    }

    private Retry retry() {
        return Retry.builder(RetryPolicy.builder()
                        .maxAttempts(3)
                        .backoff(Backoff.fixed(Duration.ofMillis(1)))
                        .retryOn(IOException.class)
                        .delayFrom(RetriedAnswerException::delay)
                        .build())
                .timeSource(time)
                .build();
    }

    private RestClient restClient(LimitedRequestInterceptor interceptor) {
        return RestClient.builder()
                .baseUrl(url())
                .requestFactory(new JdkClientHttpRequestFactory())
                .requestInterceptor(interceptor)
                .defaultStatusHandler(status -> true, (request, response) -> {})
                .build();
    }

    private WebClient webClient(LimitedExchangeFilter filter) {
        return WebClient.builder()
                .baseUrl(url())
                .clientConnector(new JdkClientHttpConnector())
                .filter(filter)
                .build();
    }

    private Duration passedDuring(Runnable action) {
        long before = time.nanoTime();
        action.run();
        return Duration.ofNanos(time.nanoTime() - before);
    }

    @Test
    void a_rest_client_waits_as_the_server_asks_and_tries_again() {
        failures = 2;
        RestClient client = restClient(LimitedRequestInterceptor.of(retry()));
        assertThat(passedDuring(() ->
                        assertThat(client.get().retrieve().body(String.class)).isEqualTo("answer 3")))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(14));
    }

    @Test
    void a_rest_client_gets_the_last_answer_when_the_retry_gives_up() {
        failures = 5;
        RestClient client = restClient(LimitedRequestInterceptor.of(retry()));
        var answer = client.get().retrieve().toEntity(String.class);
        assertThat(answer.getStatusCode().value()).isEqualTo(429);
        assertThat(answer.getBody()).isEqualTo("answer 3");
    }

    @Test
    void a_rest_client_sends_only_once_what_may_not_be_repeated() {
        failures = 5;
        RestClient client = restClient(LimitedRequestInterceptor.of(retry()));
        assertThat(client.post().body("new").retrieve().toEntity(String.class).getBody())
                .isEqualTo("answer 1");
        assertThat(requests).hasValue(1);
        requests.set(4);
        var answer = client.post().header("Idempotency-Key", "1").body("same").retrieve();
        assertThat(answer.toEntity(String.class).getBody()).isEqualTo("answer 6");
        assertThat(bodies).containsExactly("new", "same", "same");
    }

    @Test
    void every_attempt_of_a_rest_client_takes_a_permit() {
        failures = 1;
        TokenBucket limiter = TokenBucket.builder(Rate.perSecond(1).withBurst(1))
                .timeSource(time)
                .build();
        RestClient client = restClient(LimitedRequestInterceptor.of(limiter, retry()));
        assertThat(client.get().retrieve().body(String.class)).isEqualTo("answer 2");
        assertThat(limiter.metrics().admitted()).isEqualTo(2);
    }

    @Test
    void an_interrupt_ends_the_wait_of_a_rest_client() {
        RateLimiter limiter = RateLimiter.of(Rate.perDay(1).withBurst(1));
        limiter.drain();
        RestClient client = restClient(LimitedRequestInterceptor.of(limiter));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> client.get().retrieve().body(String.class))
                .hasRootCauseInstanceOf(InterruptedException.class)
                .hasCauseInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(requests).hasValue(0);
    }

    private static Mono<String> get(WebClient client) {
        return client.get()
                .exchangeToMono(response -> response.bodyToMono(String.class)
                        .map(body -> response.statusCode().value() + " " + body));
    }

    @Test
    void a_web_client_waits_as_the_server_asks_and_tries_again() {
        failures = 2;
        WebClient client = webClient(LimitedExchangeFilter.of(retry()));
        assertThat(passedDuring(() -> assertThat(get(client).block()).isEqualTo("200 answer 3")))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(14));
    }

    @Test
    void a_web_client_gets_the_last_answer_when_the_retry_gives_up() {
        failures = 5;
        assertThat(get(webClient(LimitedExchangeFilter.of(retry()))).block()).isEqualTo("429 answer 3");
    }

    @Test
    void a_web_client_sends_only_once_what_may_not_be_repeated() {
        failures = 5;
        WebClient client = webClient(LimitedExchangeFilter.of(retry()));
        assertThat(client.post()
                        .bodyValue("new")
                        .exchangeToMono(response -> response.bodyToMono(String.class))
                        .block())
                .isEqualTo("answer 1");
        assertThat(requests).hasValue(1);
    }

    @Test
    void every_attempt_of_a_web_client_takes_a_permit() {
        failures = 1;
        TokenBucket limiter = TokenBucket.builder(Rate.perSecond(1).withBurst(1))
                .timeSource(time)
                .build();
        assertThat(get(webClient(LimitedExchangeFilter.of(limiter, retry()))).block())
                .isEqualTo("200 answer 2");
        assertThat(limiter.metrics().admitted()).isEqualTo(2);
    }

    @Test
    void a_web_client_that_is_cancelled_leaves_the_line() throws Exception {
        RateLimiter limiter = RateLimiter.of(Rate.perDay(1).withBurst(1));
        limiter.drain();
        var subscription =
                get(webClient(LimitedExchangeFilter.of(limiter, retry()))).subscribe();
        Call.until(() -> limiter.metrics().waiters() > 0);
        subscription.dispose();
        Call.until(() -> limiter.metrics().waiters() == 0);
        assertThat(requests).hasValue(0);
    }

    @Test
    void a_request_that_is_cancelled_before_it_is_sent_gives_its_permit_back() {
        RateLimiter limiter = RateLimiter.of(Rate.perDay(5).withBurst(5));
        BaseSubscriber<String> cancelsAtOnce = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                subscription.cancel();
            }
        };
        get(webClient(LimitedExchangeFilter.of(limiter))).subscribe(cancelsAtOnce);
        assertThat(limiter.metrics().available()).isEqualTo(5);
        assertThat(requests).hasValue(0);
        assertThat(get(webClient(LimitedExchangeFilter.of(limiter))).block()).isEqualTo("200 answer 1");
        assertThat(limiter.metrics().available()).isEqualTo(4);
    }

    @Test
    void the_context_of_the_subscriber_is_that_of_each_attempt() {
        failures = 1;
        List<String> seen = new CopyOnWriteArrayList<>();
        WebClient client = webClient(LimitedExchangeFilter.of(retry()))
                .mutate()
                .filter((request, next) -> Mono.deferContextual(context -> {
                    seen.add(context.get("user"));
                    return next.exchange(request);
                }))
                .build();
        assertThat(get(client)
                        .contextWrite(context -> context.put("user", "ann"))
                        .block())
                .isEqualTo("200 answer 2");
        assertThat(seen).containsExactly("ann", "ann");
    }

    private static Retry withLongDelays(CountDownLatch retries) {
        return Retry.of(RetryPolicy.builder()
                .backoff(Backoff.fixed(Duration.ofHours(1)))
                .retryOn(IOException.class)
                .listener(new RetryListener() {
                    @Override
                    public void onRetry(int attempt, @Nullable Throwable failure, Duration delay) {
                        retries.countDown();
                    }
                })
                .build());
    }

    @Test
    void an_answer_is_closed_if_a_rest_client_is_interrupted_in_the_delay_after_it() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        ClientHttpResponse busy = new MockClientHttpResponse(new byte[0], HttpStatus.SERVICE_UNAVAILABLE) {
            @Override
            public void close() {
                closed.set(true);
            }
        };
        CountDownLatch retries = new CountDownLatch(1);
        Retry retry = withLongDelays(retries);
        Call<ClientHttpResponse> call = Call.start(() -> LimitedRequestInterceptor.of(retry)
                .intercept(
                        new MockClientHttpRequest(HttpMethod.GET, URI.create(url())),
                        new byte[0],
                        (request, body) -> busy));
        retries.await();
        assertThat(closed).isFalse();
        call.thread().interrupt();
        assertThat(call.failure()).isInstanceOf(InterruptedIOException.class);
        assertThat(closed).isTrue();
    }

    @Test
    void an_answer_is_released_if_a_web_client_is_cancelled_in_the_delay_after_it() throws Exception {
        AtomicBoolean released = new AtomicBoolean();
        ClientResponse busy = ClientResponse.create(HttpStatus.SERVICE_UNAVAILABLE)
                .body(Flux.defer(() -> {
                    released.set(true);
                    return Flux.empty();
                }))
                .build();
        CountDownLatch retries = new CountDownLatch(1);
        Retry retry = withLongDelays(retries);
        Disposable run = LimitedExchangeFilter.of(retry)
                .filter(ClientRequest.create(HttpMethod.GET, URI.create(url())).build(), request -> Mono.just(busy))
                .subscribe();
        retries.await();
        assertThat(released).isFalse();
        run.dispose();
        Call.until(released::get);
    }

    @Test
    void an_answer_that_comes_when_the_run_is_over_is_kept_by_nobody() {
        RetriedAnswer<String> answer = new RetriedAnswer<>();
        assertThat(answer.keep("first")).isTrue();
        assertThat(answer.take()).isEqualTo("first");
        assertThat(answer.take()).isNull();
        assertThat(answer.keep("second")).isTrue();
        assertThat(answer.end()).isEqualTo("second");
        assertThat(answer.keep("third")).isFalse();
        assertThat(answer.take()).isNull();
        assertThat(answer.end()).isNull();
    }
}
