package dev.weir.spring.web;

import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Retry;
import dev.weir.spring.RetriedAnswerException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/**
 * Limits and retries what a {@code WebClient} sends, by the rules of {@link LimitedRequestInterceptor}.
 *
 * {@snippet file="dev/weir/spring/SpringSnippets.java" region="webClient"}
 *
 * <p>Each subscription is a run of its own. Cancelling it leaves the line for a permit, or gives back the one of a
 * request that is not sent any more, ends a delay, and cancels the request. The context of the subscriber is that of
 * every attempt.
 *
 * <p><b>Thread-safety.</b> Thread-safe. Nothing blocks. <b>Memory effects.</b> None.
 */
public final class LimitedExchangeFilter implements ExchangeFilterFunction {
    private final @Nullable RateLimiter limiter;
    private final @Nullable Retry retry;

    private LimitedExchangeFilter(@Nullable RateLimiter limiter, @Nullable Retry retry) {
        this.limiter = limiter;
        this.retry = retry;
    }

    /**
     * Creates one that limits.
     *
     * @param limiter gives a permit for each request
     * @return a filter
     */
    public static LimitedExchangeFilter of(RateLimiter limiter) {
        return new LimitedExchangeFilter(Objects.requireNonNull(limiter, "limiter"), null);
    }

    /**
     * Creates one that retries.
     *
     * @param retry retries what fails and what is answered with 429 or 503: for its policy, that is a
     *     {@link RetriedAnswerException}
     * @return a filter
     */
    public static LimitedExchangeFilter of(Retry retry) {
        return new LimitedExchangeFilter(null, Objects.requireNonNull(retry, "retry"));
    }

    /**
     * Creates one that limits and retries.
     *
     * @param limiter gives a permit for each attempt
     * @param retry as in {@link #of(Retry)}
     * @return a filter
     */
    public static LimitedExchangeFilter of(RateLimiter limiter, Retry retry) {
        return new LimitedExchangeFilter(
                Objects.requireNonNull(limiter, "limiter"), Objects.requireNonNull(retry, "retry"));
    }

    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        Retry its = retry;
        if (its == null || !HttpAnswers.isIdempotent(request.method().name(), request.headers())) {
            return send(request, next);
        }
        return Mono.deferContextual(context -> {
            RetriedAnswer<ClientResponse> retried = new RetriedAnswer<>();
            return Mono.fromFuture(() -> its.<ClientResponse>callAsync(() -> released(retried.take())
                            .then(send(request, next))
                            .flatMap(response -> judged(response, retried))
                            .contextWrite(context)
                            .toFuture()))
                    .onErrorResume(failure -> {
                        Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                                ? failure.getCause()
                                : failure;
                        if (!(cause instanceof RetriedAnswerException last)) {
                            return Mono.error(cause);
                        }
                        retried.take();
                        return Mono.just((ClientResponse) last.answer());
                    })
                    // If the run has failed, or was cancelled, in a delay.
                    .doFinally(signal -> released(retried.end()).subscribe());
        });
    }

    private static Mono<Void> released(@Nullable ClientResponse answer) {
        return answer == null ? Mono.empty() : answer.releaseBody();
    }

    private Mono<ClientResponse> send(ClientRequest request, ExchangeFunction next) {
        RateLimiter its = limiter;
        if (its == null) {
            return Mono.defer(() -> next.exchange(request));
        }
        return Mono.defer(() -> {
            CompletableFuture<@Nullable Void> permit = its.acquireAsync();
            AtomicBoolean decided = new AtomicBoolean(); // whether the request is sent, or cancelled before
            return Mono.fromFuture(permit)
                    .then(Mono.defer(() -> decided.compareAndSet(false, true) ? next.exchange(request) : Mono.empty()))
                    .doFinally(signal -> {
                        if (decided.compareAndSet(false, true)
                                && !permit.cancel(false)
                                && !permit.isCompletedExceptionally()) {
                            its.refund(1);
                        }
                    });
        });
    }

    private static Mono<ClientResponse> judged(ClientResponse response, RetriedAnswer<ClientResponse> retried) {
        RetriedAnswerException again = HttpAnswers.retried(
                response.statusCode().value(), response.headers().asHttpHeaders(), response);
        if (again == null) {
            return Mono.just(response);
        }
        return retried.keep(response)
                ? Mono.error(again)
                : response.releaseBody().then(Mono.error(again));
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code LimitedExchangeFilter[TokenBucket[api, …], Retry[lookup, …]]}
     */
    @Override
    public String toString() {
        return "LimitedExchangeFilter["
                + (limiter == null ? "" : limiter) + (limiter == null || retry == null ? "" : ", ")
                + (retry == null ? "" : retry) + "]";
    }
}
