package dev.weir.jcstress.retry;

import dev.weir.retry.HttpRetries;
import dev.weir.retry.Retry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSession;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** An HTTP answer comes while the run that asked for it is cancelled. */
@JCStressTest
@Outcome(id = "true, false, 0", expect = Expect.ACCEPTABLE, desc = "the caller has it, with an open body")
@Outcome(id = "true, true, 1", expect = Expect.ACCEPTABLE, desc = "nobody wants it any more: its body is closed")
@Outcome(id = "false, true, 0", expect = Expect.ACCEPTABLE, desc = "the request was cancelled, and no answer came")
@Outcome(expect = Expect.FORBIDDEN, desc = "its body is closed under the caller, or open for ever, or closed twice")
@State
public class HttpAnswerOrCancel {
    private static final Retry RETRY = Retry.of(HttpRetries.policy().build());
    private static final HttpRequest REQUEST =
            HttpRequest.newBuilder(URI.create("http://localhost/")).build();

    private final AtomicInteger closes = new AtomicInteger();
    private final CompletableFuture<HttpResponse<AutoCloseable>> exchange = new CompletableFuture<>();
    private final CompletableFuture<HttpResponse<AutoCloseable>> run =
            HttpRetries.sendAsync(RETRY, new Client(exchange), REQUEST, info -> null);

    @Actor
    public void answer(ZZI_Result result) {
        result.r1 = exchange.complete(new Answer(closes::incrementAndGet));
    }

    @Actor
    public void cancel(ZZI_Result result) {
        result.r2 = run.cancel(true);
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r3 = closes.get();
    }

    private record Answer(AutoCloseable body) implements HttpResponse<AutoCloseable> {
        @Override
        public int statusCode() {
            return 200;
        }

        @Override
        public HttpRequest request() {
            return REQUEST;
        }

        @Override
        public Optional<HttpResponse<AutoCloseable>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public HttpHeaders headers() {
            return HttpHeaders.of(Map.of(), (name, value) -> true);
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return REQUEST.uri();
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }

    /** A client that has one answer, later. */
    private static final class Client extends HttpClient {
        private final CompletableFuture<HttpResponse<AutoCloseable>> exchange;

        private Client(CompletableFuture<HttpResponse<AutoCloseable>> exchange) {
            this.exchange = exchange;
        }

        @Override
        @SuppressWarnings("unchecked") // it is asked for such bodies
        public <T> CompletableFuture<HttpResponse<T>> sendAsync(
                HttpRequest request, HttpResponse.BodyHandler<T> handler) {
            return (CompletableFuture<HttpResponse<T>>) (CompletableFuture<?>) exchange;
        }

        @Override
        public <T> CompletableFuture<HttpResponse<T>> sendAsync(
                HttpRequest request, HttpResponse.BodyHandler<T> handler, HttpResponse.PushPromiseHandler<T> pushed) {
            return sendAsync(request, handler);
        }

        @Override
        public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<java.net.CookieHandler> cookieHandler() {
            return Optional.empty();
        }

        @Override
        public Optional<java.time.Duration> connectTimeout() {
            return Optional.empty();
        }

        @Override
        public Redirect followRedirects() {
            return Redirect.NEVER;
        }

        @Override
        public Optional<java.net.ProxySelector> proxy() {
            return Optional.empty();
        }

        @Override
        public javax.net.ssl.SSLContext sslContext() {
            throw new UnsupportedOperationException();
        }

        @Override
        public javax.net.ssl.SSLParameters sslParameters() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<java.net.Authenticator> authenticator() {
            return Optional.empty();
        }

        @Override
        public Version version() {
            return Version.HTTP_1_1;
        }

        @Override
        public Optional<java.util.concurrent.Executor> executor() {
            return Optional.empty();
        }
    }
}
