package dev.weir.retry;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Retries for the HTTP client of the JDK: which answers and failures are worth another attempt, and when.
 *
 * {@snippet file="dev/weir/retry/RetrySnippets.java" region="http"}
 *
 * <p><b>What is retried</b>: the answers 429 (Too Many Requests) and 503 (Service Unavailable), after the delay of
 * their {@code Retry-After}; and every {@link IOException}, time-outs and refused connections among them. The last
 * answer is returned, also if it is a 429 or 503, and the last failure is thrown.
 *
 * <p><b>Only idempotent requests.</b> A request that fails may have been carried out. So {@link #send} and
 * {@link #sendAsync} retry those whose method may be repeated (RFC 9110, 9.2.2: GET, HEAD, PUT, DELETE, OPTIONS, TRACE)
 * and those with an {@code Idempotency-Key}, by which the server finds out that it has seen them. Any other is sent
 * once, by the client alone: the policy and its budget, limits and listener do not see it.
 *
 * <p><b>Bodies.</b> A body that is an {@link AutoCloseable}, such as a stream, is closed when its answer is retried, so
 * that no connection leaks. A body that is a {@link java.util.concurrent.Flow.Publisher} is not; retry no such
 * requests. The request's body is sent again by each attempt; its publisher must be able to do that, as those of
 * {@link java.net.http.HttpRequest.BodyPublishers} are.
 *
 * <p>It needs the module {@code java.net.http}, which {@code dev.weir.retry} itself does not require: an application
 * that uses this requires it anyway.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe, as the client is. <b>Blocking.</b> {@link #send} waits for
 * answers and delays; {@link #sendAsync} blocks nobody. <b>Interruption.</b> Ends {@code send} with
 * {@link InterruptedException}. <b>Fairness.</b> None is needed. <b>Memory effects.</b> Those of {@link Retry}.
 */
public final class HttpRetries {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVICE_UNAVAILABLE = 503;
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE");

    private HttpRetries() {}

    /**
     * Begins a policy with the rules of this class: three attempts with the default backoff, to be set as with any
     * policy. A {@code Retry-After} of over one minute more than the backoff's delay ends the run.
     *
     * @return a builder
     */
    public static RetryPolicyBuilder policy() {
        return RetryPolicy.builder()
                .retryOn(IOException.class)
                .retryOnResult(HttpResponse.class, HttpRetries::asksForAnother)
                .delayFromResult(
                        HttpResponse.class,
                        response -> RetryAfter.parse(
                                response.headers().firstValue("Retry-After").orElse(null)));
    }

    private static boolean asksForAnother(HttpResponse<?> response) {
        int status = response.statusCode();
        return (status == TOO_MANY_REQUESTS || status == SERVICE_UNAVAILABLE) && isIdempotent(sent(response));
    }

    /** The request of the caller, which redirects may have turned into others. */
    private static HttpRequest sent(HttpResponse<?> response) {
        HttpResponse<?> first = response;
        while (first.previousResponse().isPresent()) {
            first = first.previousResponse().get();
        }
        return first.request();
    }

    /**
     * Whether a request may be sent again though it may have been carried out.
     *
     * @param request the request
     * @return true if its method is idempotent or it has an {@code Idempotency-Key}
     */
    public static boolean isIdempotent(HttpRequest request) {
        Objects.requireNonNull(request, "request");
        return isIdempotent(request.method())
                || request.headers().firstValue("Idempotency-Key").isPresent();
    }

    /**
     * Whether requests of a method may be sent again though they may have been carried out, for other clients than the
     * JDK's.
     *
     * @param method the method, such as {@code GET}; case counts
     * @return true if it is idempotent by RFC 9110, 9.2.2
     */
    public static boolean isIdempotent(String method) {
        return IDEMPOTENT.contains(Objects.requireNonNull(method, "method"));
    }

    /**
     * Sends a request, and again as the policy says if it is {@linkplain #isIdempotent idempotent}.
     *
     * @param retry the retry, by a policy that was begun with {@link #policy}
     * @param client the client
     * @param request the request
     * @param handler makes the body of each answer
     * @param <B> the type of the body
     * @return the last answer
     * @throws IOException if the last attempt failed
     * @throws InterruptedException if the thread is interrupted on entry, in an attempt or in a delay
     */
    public static <B> HttpResponse<B> send(Retry retry, HttpClient client, HttpRequest request, BodyHandler<B> handler)
            throws IOException, InterruptedException {
        Objects.requireNonNull(retry, "retry");
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(handler, "handler");
        if (!isIdempotent(request)) {
            return client.send(request, handler);
        }
        OpenBody open = new OpenBody();
        try {
            return retry.<HttpResponse<B>, IOException>call(() -> {
                long attempt = open.next();
                HttpResponse<B> response = client.send(request, handler);
                open.arrived(attempt, response.body());
                return response;
            });
        } catch (RejectedResultException rejected) { // which has the last answer
            throw rejected;
        } catch (Throwable failure) {
            open.end();
            throw failure;
        }
    }

    /**
     * Sends a request without blocking, and again as the policy says if it is {@linkplain #isIdempotent idempotent}.
     *
     * @param retry the retry, by a policy that was begun with {@link #policy}
     * @param client the client
     * @param request the request
     * @param handler makes the body of each answer
     * @param <B> the type of the body
     * @return the future of the last answer; to cancel it ends the attempt and the run, as with {@link Retry#callAsync}
     */
    public static <B> CompletableFuture<HttpResponse<B>> sendAsync(
            Retry retry, HttpClient client, HttpRequest request, BodyHandler<B> handler) {
        Objects.requireNonNull(retry, "retry");
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(handler, "handler");
        if (!isIdempotent(request)) {
            return client.sendAsync(request, handler);
        }
        OpenBody open = new OpenBody();
        CompletableFuture<HttpResponse<B>> run = retry.callAsync(() -> {
            long attempt = open.next();
            CompletionStage<HttpResponse<B>> stage = client.sendAsync(request, handler);
            stage.thenAccept(response -> open.arrived(attempt, response.body()));
            return stage;
        });
        CompletionStage<HttpResponse<B>> end = run;
        end.whenComplete((response, failure) -> {
            if (failure != null && !(failure instanceof RejectedResultException)) {
                open.end();
            }
        });
        return run;
    }
}
