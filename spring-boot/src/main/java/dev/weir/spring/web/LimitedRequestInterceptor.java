package dev.weir.spring.web;

import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Retry;
import dev.weir.spring.RetriedAnswerException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Limits and retries what a {@code RestClient} or {@code RestTemplate} sends: every attempt takes a permit, and 429 and
 * 503 are retried, after the time that {@code Retry-After} asks for.
 *
 * {@snippet file="dev/weir/spring/SpringSnippets.java" region="restClient"}
 *
 * <p>Retried are only requests that may be sent again, as {@link dev.weir.retry.HttpRetries} has it: those whose method
 * is idempotent, and those with an {@code Idempotency-Key}. When the retry gives up, the last answer is returned as it
 * is, and the last failure is thrown. An answer that is retried is closed, also when the run fails in the delay after
 * it.
 *
 * <p><b>Thread-safety.</b> Thread-safe. <b>Blocking.</b> It waits for permits, delays and answers. <b>Interruption.</b>
 * Ends it with an {@link InterruptedIOException}, and the interrupt status set. <b>Fairness.</b> That of the limiter.
 * <b>Memory effects.</b> None.
 */
public final class LimitedRequestInterceptor implements ClientHttpRequestInterceptor {
    private final @Nullable RateLimiter limiter;
    private final @Nullable Retry retry;

    private LimitedRequestInterceptor(@Nullable RateLimiter limiter, @Nullable Retry retry) {
        this.limiter = limiter;
        this.retry = retry;
    }

    /**
     * Creates one that limits.
     *
     * @param limiter gives a permit for each request
     * @return an interceptor
     */
    public static LimitedRequestInterceptor of(RateLimiter limiter) {
        return new LimitedRequestInterceptor(Objects.requireNonNull(limiter, "limiter"), null);
    }

    /**
     * Creates one that retries.
     *
     * @param retry retries what fails and what is answered with 429 or 503: for its policy, that is a
     *     {@link RetriedAnswerException}, which is an {@link IOException}
     * @return an interceptor
     */
    public static LimitedRequestInterceptor of(Retry retry) {
        return new LimitedRequestInterceptor(null, Objects.requireNonNull(retry, "retry"));
    }

    /**
     * Creates one that limits and retries.
     *
     * @param limiter gives a permit for each attempt
     * @param retry as in {@link #of(Retry)}
     * @return an interceptor
     */
    public static LimitedRequestInterceptor of(RateLimiter limiter, Retry retry) {
        return new LimitedRequestInterceptor(
                Objects.requireNonNull(limiter, "limiter"), Objects.requireNonNull(retry, "retry"));
    }

    @Override
    public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException {
        Retry its = retry;
        try {
            if (its == null || !HttpAnswers.isIdempotent(request.getMethod().name(), request.getHeaders())) {
                return send(request, body, execution);
            }
            return retried(its, request, body, execution);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            InterruptedIOException failure = new InterruptedIOException("interrupted while it waited");
            failure.initCause(interrupted);
            throw failure;
        }
    }

    private ClientHttpResponse send(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException, InterruptedException {
        if (limiter != null) {
            limiter.acquire();
        }
        return execution.execute(request, body);
    }

    private ClientHttpResponse retried(
            Retry its, HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException, InterruptedException {
        RetriedAnswer<ClientHttpResponse> retried = new RetriedAnswer<>();
        try {
            return its.<ClientHttpResponse, Exception>call(() -> {
                close(retried.take());
                ClientHttpResponse response = send(request, body, execution);
                RetriedAnswerException again =
                        HttpAnswers.retried(response.getStatusCode().value(), response.getHeaders(), response);
                if (again == null) {
                    return response;
                }
                if (!retried.keep(response)) {
                    response.close();
                }
                throw again;
            });
        } catch (RetriedAnswerException last) {
            retried.take();
            return (ClientHttpResponse) last.answer();
        } catch (IOException | InterruptedException | RuntimeException failure) {
            throw failure;
        } catch (Exception impossible) {
            throw new IOException(impossible); // the attempt throws no others
        } finally {
            close(retried.end()); // if the run has failed in a delay
        }
    }

    private static void close(@Nullable ClientHttpResponse answer) {
        if (answer != null) {
            answer.close();
        }
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code LimitedRequestInterceptor[TokenBucket[api, …], Retry[lookup, …]]}
     */
    @Override
    public String toString() {
        return "LimitedRequestInterceptor["
                + (limiter == null ? "" : limiter) + (limiter == null || retry == null ? "" : ", ")
                + (retry == null ? "" : retry) + "]";
    }
}
