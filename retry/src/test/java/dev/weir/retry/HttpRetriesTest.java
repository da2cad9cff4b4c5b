package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a real server on the loopback interface. Delays pass on a clock of the test. */
@Timeout(60)
class HttpRetriesTest {
    /** What the server answers: a status, and a header if there is one; 0 ends the connection, -1 never answers. */
    private record Answer(int status, String retryAfter) {}

    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Body> bodies = new CopyOnWriteArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        client.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String request = exchange.getRequestMethod() + " "
                + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Answer answer = answers.isEmpty() ? new Answer(200, "") : answers.remove();
        requests.add(request); // when it has its answer: whoever sees it may add that of the next
        if (answer.status < 0) {
            return;
        }
        if (answer.status > 0) {
            if (!answer.retryAfter.isEmpty()) {
                exchange.getResponseHeaders().add("Retry-After", answer.retryAfter);
            }
            byte[] body = ("answer " + requests.size()).getBytes(StandardCharsets.UTF_8);
            if (answer.status == 303) {
                exchange.getResponseHeaders().add("Location", "/elsewhere");
            }
            exchange.sendResponseHeaders(answer.status, body.length);
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    private void answers(int... statuses) {
        for (int status : statuses) {
            answers.add(new Answer(status, ""));
        }
    }

    private HttpRequest.Builder request() {
        return HttpRequest.newBuilder(
                URI.create("http://localhost:" + server.getAddress().getPort() + "/"));
    }

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.build()).timeSource(time).build();
    }

    /** A body that knows whether it is closed. */
    private static final class Body implements AutoCloseable {
        private final String text;
        private volatile int closes;

        private Body(String text) {
            this.text = text;
        }

        @Override
        public void close() {
            closes++;
        }
    }

    private BodyHandler<Body> bodies() {
        return info -> BodySubscribers.mapping(BodySubscribers.ofString(StandardCharsets.UTF_8), text -> {
            Body body = new Body(text);
            bodies.add(body);
            return body;
        });
    }

    private List<Integer> closes() {
        return bodies.stream().map(body -> body.closes).toList();
    }

    @Test
    void the_example_retries_what_is_busy_and_returns_what_is_not() throws Exception {
        answers.add(new Answer(503, "0"));
        assertEquals("answer 2", RetrySnippets.http(client, request().build()).body());
    }

    @Test
    void answers_429_and_503_are_retried_after_the_delay_that_they_ask_for() throws Exception {
        answers.add(new Answer(429, "7"));
        answers.add(new Answer(503, "11"));
        long start = time.nanoTime();
        HttpResponse<String> response = HttpRetries.send(
                retry(HttpRetries.policy().backoff(Backoff.none())),
                client,
                request().build(),
                BodyHandlers.ofString());
        assertEquals(200, response.statusCode());
        assertEquals("answer 3", response.body());
        assertEquals(Duration.ofSeconds(18).toNanos(), time.nanoTime() - start);
    }

    @Test
    void the_last_answer_is_returned_and_other_answers_are_not_retried() throws Exception {
        answers(503, 503, 503);
        Retry retry = retry(HttpRetries.policy());
        assertEquals(
                503,
                HttpRetries.send(retry, client, request().build(), BodyHandlers.discarding())
                        .statusCode());
        assertEquals(3, requests.size());
        for (int status : new int[] {404, 500, 502}) {
            answers(status);
            assertEquals(
                    status,
                    HttpRetries.send(retry, client, request().build(), BodyHandlers.discarding())
                            .statusCode());
        }
        assertEquals(6, requests.size());
    }

    @Test
    void a_delay_beyond_the_limit_ends_the_run_with_the_answer() throws Exception {
        answers.add(new Answer(429, "3600"));
        assertEquals(
                429,
                HttpRetries.send(retry(HttpRetries.policy()), client, request().build(), BodyHandlers.discarding())
                        .statusCode());
        assertEquals(1, requests.size());
    }

    @Test
    void failures_of_the_connection_are_retried() throws Exception {
        answers(0, 0, 200);
        HttpResponse<String> response = HttpRetries.send(
                retry(HttpRetries.policy().maxAttempts(9)),
                client,
                request().PUT(BodyPublishers.ofString("sent each time")).build(),
                BodyHandlers.ofString());
        assertEquals(200, response.statusCode());
        assertTrue(requests.size() >= 3); // the JDK's client repeats some by itself
        requests.forEach(request -> assertEquals("PUT sent each time", request));
        server.stop(0);
        assertThrows(
                IOException.class,
                () -> HttpRetries.send(
                        retry(HttpRetries.policy()), client, request().build(), BodyHandlers.discarding()));
    }

    @Test
    void a_request_that_is_not_idempotent_is_sent_once() throws Exception {
        Retry retry = retry(HttpRetries.policy());
        HttpRequest post = request().POST(BodyPublishers.ofString("order")).build();
        answers(503);
        assertEquals(
                503,
                HttpRetries.send(retry, client, post, BodyHandlers.discarding()).statusCode());
        answers(429);
        assertEquals(
                429,
                HttpRetries.sendAsync(retry, client, post, BodyHandlers.discarding())
                        .get()
                        .statusCode());
        assertEquals(2, requests.size());
        answers(503);
        assertEquals(
                503,
                retry.call(() -> client.send(post, BodyHandlers.discarding())).statusCode());
        assertEquals(3, requests.size());
        answers(0);
        assertThrows(IOException.class, () -> HttpRetries.send(retry, client, post, BodyHandlers.discarding()));
        HttpRequest keyed = request()
                .POST(BodyPublishers.ofString("order"))
                .header("Idempotency-Key", "8e03978e")
                .build();
        answers(503);
        assertEquals(
                200,
                HttpRetries.send(retry, client, keyed, BodyHandlers.discarding())
                        .statusCode());
    }

    @Test
    void what_counts_is_the_request_before_redirects() throws Exception {
        try (HttpClient following = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .build()) {
            HttpRequest post = request().POST(BodyPublishers.ofString("order")).build();
            answers(303, 503);
            Retry retry = retry(HttpRetries.policy());
            HttpResponse<Void> response = retry.call(() -> following.send(post, BodyHandlers.discarding()));
            assertEquals("GET", response.request().method());
            assertEquals(503, response.statusCode());
            assertEquals(List.of("POST order", "GET "), requests);
        }
    }

    @Test
    void methods_are_idempotent_as_the_specification_says() {
        for (String method : List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")) {
            assertTrue(HttpRetries.isIdempotent(method));
            assertTrue(HttpRetries.isIdempotent(
                    request().method(method, BodyPublishers.noBody()).build()));
        }
        for (String method : List.of("POST", "PATCH", "get", "MKCOL")) {
            assertFalse(HttpRetries.isIdempotent(method));
            assertFalse(HttpRetries.isIdempotent(
                    request().method(method, BodyPublishers.noBody()).build()));
        }
    }

    @Test
    void bodies_of_retried_answers_are_closed_and_the_last_one_is_not() throws Exception {
        answers(503, 503);
        HttpResponse<Body> response =
                HttpRetries.send(retry(HttpRetries.policy()), client, request().build(), bodies());
        assertEquals("answer 3", response.body().text);
        assertEquals(List.of(1, 1, 0), closes());
        bodies.clear();
        answers(503, 503);
        HttpRetries.sendAsync(retry(HttpRetries.policy()), client, request().build(), bodies())
                .get();
        Call.until(() -> closes().equals(List.of(1, 1, 0)));
    }

    @Test
    void a_connection_of_a_stream_that_is_retried_is_free_again() throws Exception {
        answers(503, 503, 503, 503);
        HttpResponse<InputStream> response = HttpRetries.send(
                retry(HttpRetries.policy().maxAttempts(5)), client, request().build(), BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            assertEquals("answer 5", new String(body.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void a_body_is_open_if_the_run_fails_with_its_answer_and_closed_if_it_fails_otherwise() throws Exception {
        answers(503, 503);
        RejectedResultException rejected = assertThrows(
                RejectedResultException.class,
                () -> HttpRetries.send(
                        retry(HttpRetries.policy().maxAttempts(2).failOnRejectedResult()),
                        client,
                        request().build(),
                        bodies()));
        assertSame(bodies.get(1), ((HttpResponse<?>) rejected.result()).body());
        assertEquals(List.of(1, 0), closes());
        bodies.clear();
        answers(503);
        IllegalStateException thrown = new IllegalStateException();
        RetryPolicyBuilder policy = HttpRetries.policy().backoff((number, previous, random) -> {
            throw thrown;
        });
        assertSame(
                thrown,
                assertThrows(
                        IllegalStateException.class,
                        () -> HttpRetries.send(retry(policy), client, request().build(), bodies())));
        assertEquals(List.of(1), closes());
        bodies.clear();
        answers(503);
        assertSame(
                thrown,
                assertThrows(
                                ExecutionException.class,
                                () -> HttpRetries.sendAsync(
                                                retry(policy), client, request().build(), bodies())
                                        .get())
                        .getCause());
        Call.until(() -> closes().equals(List.of(1))); // what follows a future may run after those who wait for it
    }

    @Test
    void an_interrupt_ends_the_attempt_or_the_delay() throws Exception {
        answers(-1);
        Call<HttpResponse<Body>> inAttempt = Call.start(() ->
                HttpRetries.send(retry(HttpRetries.policy()), client, request().build(), bodies()));
        Call.until(() -> requests.size() == 1);
        inAttempt.thread().interrupt();
        assertTrue(inAttempt.failure() instanceof InterruptedException);

        answers.add(new Answer(503, "30"));
        ManualTimeSource manual = new ManualTimeSource();
        Retry inTime =
                Retry.builder(HttpRetries.policy().build()).timeSource(manual).build();
        Call<HttpResponse<Body>> inDelay =
                Call.start(() -> HttpRetries.send(inTime, client, request().build(), bodies()));
        manual.awaitWaiters(1);
        inDelay.thread().interrupt();
        assertTrue(inDelay.failure() instanceof InterruptedException);
        assertEquals(List.of(1), closes());
        assertEquals(2, requests.size());
    }

    @Test
    void to_cancel_the_future_ends_the_run() throws Exception {
        answers.add(new Answer(503, "30"));
        ManualTimeSource manual = new ManualTimeSource();
        Retry retry =
                Retry.builder(HttpRetries.policy().build()).timeSource(manual).build();
        CompletableFuture<HttpResponse<Body>> run =
                HttpRetries.sendAsync(retry, client, request().build(), bodies());
        manual.awaitWaiters(1);
        assertTrue(run.cancel(true));
        assertThrows(CancellationException.class, run::get);
        Call.until(() -> bodies.get(0).closes == 1);
        manual.advance(Duration.ofMinutes(1));
        assertEquals(1, requests.size());
    }

    @Test
    void a_body_that_cannot_be_closed_harms_nobody() throws Exception {
        answers(503);
        BodyHandler<AutoCloseable> handler =
                info -> BodySubscribers.mapping(BodySubscribers.discarding(), nothing -> () -> {
                    throw new UncheckedIOException(new IOException("reset"));
                });
        List<String> log = CapturedLog.during(
                HttpRetries.class,
                () -> assertEquals(
                        200,
                        HttpRetries.send(
                                        retry(HttpRetries.policy()),
                                        client,
                                        request().build(),
                                        handler)
                                .statusCode()));
        assertEquals(1, log.size());
    }

    @Test
    void null_is_refused() {
        HttpRequest request = request().build();
        Retry retry = retry(HttpRetries.policy());
        BodyHandler<Void> handler = BodyHandlers.discarding();
        assertThrows(NullPointerException.class, () -> HttpRetries.send(null, client, request, handler));
        assertThrows(NullPointerException.class, () -> HttpRetries.send(retry, null, request, handler));
        assertThrows(NullPointerException.class, () -> HttpRetries.send(retry, client, null, handler));
        assertThrows(NullPointerException.class, () -> HttpRetries.send(retry, client, request, null));
        assertThrows(NullPointerException.class, () -> HttpRetries.sendAsync(null, client, request, handler));
        assertThrows(NullPointerException.class, () -> HttpRetries.sendAsync(retry, null, request, handler));
    }
}
