package dev.weir.spring.web;

import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/** Answers what limits of methods have refused in WebFlux, if no handler of the application does. */
final class RefusalHandler implements WebExceptionHandler, Ordered {
    /** Before that of Spring Boot, which is -1. */
    @Override
    public int getOrder() {
        return -2;
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
        Refusal refusal = Refusal.of(failure);
        return refusal == null || exchange.getResponse().isCommitted()
                ? Mono.error(failure)
                : RateLimitWebFilter.answer(exchange.getResponse(), refusal);
    }
}
