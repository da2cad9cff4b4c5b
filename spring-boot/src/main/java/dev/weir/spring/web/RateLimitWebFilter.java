package dev.weir.spring.web;

import dev.weir.ratelimit.CombinedLimiter;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.RateLimitHeaders;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A filter of WebFlux that takes a permit for each request, for instance of the limit of its client, and answers as
 * {@link RateLimitFilter} does.
 *
 * {@snippet file="dev/weir/spring/SpringSnippets.java" region="webFilter"}
 *
 * <p><b>Thread-safety.</b> Thread-safe. Nothing blocks: a limiter in Redis, or one of several limits, is asked in a
 * thread of {@link Schedulers#boundedElastic()}. <b>Memory effects.</b> None.
 */
public final class RateLimitWebFilter implements WebFilter {
    private final String policy;
    private final Function<? super ServerWebExchange, ? extends @Nullable RateLimiter> limiters;

    /**
     * Creates a filter.
     *
     * @param policy the name of the limit in the header fields, of printable ASCII characters
     * @param limiters gives the limiter of a request, for instance that of its client; null if it is not limited. What
     *     it throws, the request fails with
     * @throws IllegalArgumentException if {@code policy} has other characters
     */
    public RateLimitWebFilter(
            String policy, Function<? super ServerWebExchange, ? extends @Nullable RateLimiter> limiters) {
        this.policy = Refusal.checkedPolicy(policy);
        this.limiters = Objects.requireNonNull(limiters, "limiters");
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        return Mono.defer(() -> {
            RateLimiter limiter = limiters.apply(exchange);
            if (limiter == null) {
                return chain.filter(exchange);
            }
            if (limiter instanceof RemoteRateLimiter || limiter instanceof CombinedLimiter) {
                return Mono.fromCallable(limiter::check)
                        .subscribeOn(Schedulers.boundedElastic())
                        .flatMap(decision -> pass(exchange, chain, limiter, decision));
            }
            return pass(exchange, chain, limiter, limiter.check());
        });
    }

    private Mono<Void> pass(ServerWebExchange exchange, WebFilterChain chain, RateLimiter limiter, Decision decision) {
        if (!decision.admitted()) {
            return answer(exchange.getResponse(), Refusal.of(policy, decision, limiter.rate()));
        }
        var headers = exchange.getResponse().getHeaders();
        headers.set("RateLimit", RateLimitHeaders.rateLimit(policy, decision));
        headers.set("RateLimit-Policy", RateLimitHeaders.rateLimitPolicy(policy, limiter.rate()));
        return chain.filter(exchange);
    }

    static Mono<Void> answer(ServerHttpResponse response, Refusal refusal) {
        response.setStatusCode(HttpStatusCode.valueOf(refusal.status()));
        refusal.headers().forEach(response.getHeaders()::set);
        response.getHeaders().set("Content-Type", Refusal.CONTENT_TYPE);
        byte[] body = refusal.body().getBytes(StandardCharsets.UTF_8);
        response.getHeaders().setContentLength(body.length);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code RateLimitWebFilter[api]}
     */
    @Override
    public String toString() {
        return "RateLimitWebFilter[" + policy + "]";
    }
}
