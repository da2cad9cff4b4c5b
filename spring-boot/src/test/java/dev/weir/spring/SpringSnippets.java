package dev.weir.spring;

import dev.weir.core.pool.WorkerPool;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Retry;
import dev.weir.spring.web.LimitedExchangeFilter;
import dev.weir.spring.web.LimitedRequestInterceptor;
import dev.weir.spring.web.RateLimitFilter;
import dev.weir.spring.web.RateLimitWebFilter;
import java.util.concurrent.CompletableFuture;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.Async;
import org.springframework.stereotype.Service;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;

/** The code of the Javadoc and of docs/spring.md. */
@SuppressWarnings("unused")
class SpringSnippets {
    interface Api {
        String lookup(String key) throws InterruptedException;
    }

    // @start region="inject"
    @Service
    static class Lookups {
        private final WorkerPool parser;
        private final KeyedRateLimiter<String> customers;
        private final Retry retry;

        Lookups(
                @Qualifier("parser") WorkerPool parser,
                @Qualifier("customers") KeyedRateLimiter<String> customers,
                @Qualifier("github-api") Retry retry) {
            this.parser = parser;
            this.customers = customers;
            this.retry = retry;
        }
    }

    // @end

    void registry(WeirRegistry registry, String kind, String user) throws InterruptedException {
        // @start region="registry"
        RateLimiter limiter = registry.rateLimiter("customers", user); // the limit of a key
        WorkerPool pool = registry.pool(kind + "-parser");
        // @end
    }

    // @start region="rateLimited"
    @RestController
    static class Reports {
        @GetMapping("/reports/{customer}")
        @RateLimited("api")
        @RateLimited(value = "customers", key = "#customer", maxWait = "200ms")
        String report(@PathVariable String customer) {
            return "a report for " + customer;
        }

        @GetMapping("/quotes")
        @RateLimited("api")
        Mono<String> quotes() { // takes its permit when it is subscribed to
            return Mono.just("quotes");
        }
    }

    // @end

    // @start region="concurrencyLimited"
    @Service
    static class Exports {
        @ConcurrencyLimited(value = "exports", key = "#tenant", maxWait = "5s")
        public CompletableFuture<String> export(String tenant) { // holds a permit until the stage is complete
            return CompletableFuture.supplyAsync(() -> "an export");
        }
    }

    // @end

    // @start region="async"
    static class Mails {
        @Async("mails") // runs in the pool weir.pools.mails
        public void send(String address) {}
    }

    // @end

    // @start region="filter"
    @Bean
    RateLimitFilter limitPerKey(WeirRegistry registry) {
        return new RateLimitFilter("per-key", request -> {
            String key = request.getHeader("X-Api-Key");
            return key == null ? null : registry.rateLimiter("customers", key); // null: not limited
        });
    }

    // @end

    // @start region="webFilter"
    @Bean
    RateLimitWebFilter limitPerKeyInWebFlux(WeirRegistry registry) {
        return new RateLimitWebFilter("per-key", exchange -> {
            String key = exchange.getRequest().getHeaders().getFirst("X-Api-Key");
            return key == null ? null : registry.rateLimiter("customers", key);
        });
    }

    // @end

    // @start region="restClient"
    @Bean
    RestClient github(
            RestClient.Builder builder,
            @Qualifier("github-api") RateLimiter limiter,
            @Qualifier("github-api") Retry retry) {
        return builder.baseUrl("https://api.github.com")
                .requestInterceptor(LimitedRequestInterceptor.of(limiter, retry))
                .build();
    }

    // @end

    // @start region="webClient"
    @Bean
    WebClient githubInWebFlux(
            WebClient.Builder builder,
            @Qualifier("github-api") RateLimiter limiter,
            @Qualifier("github-api") Retry retry) {
        return builder.baseUrl("https://api.github.com")
                .filter(LimitedExchangeFilter.of(limiter, retry))
                .build();
    }
    // @end
}
