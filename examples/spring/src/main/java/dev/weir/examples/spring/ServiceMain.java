package dev.weir.examples.spring;

import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Retry;
import dev.weir.spring.WeirRegistry;
import dev.weir.spring.web.LimitedRequestInterceptor;
import dev.weir.spring.web.RateLimitFilter;
import java.io.IOException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/**
 * A service that quotes prices: a limit for each API key, an outgoing client with a limit and retries, a pool, and the
 * meters of all of them. Its settings are in {@code application.properties}.
 *
 * <pre>
 *   curl -i -H 'X-Api-Key: ann' localhost:8080/quotes/WEIR    429 beyond 10 a second
 *   curl -H 'X-Api-Key: ann' localhost:8080/reports/WEIR      made in the pool
 *   curl localhost:8080/actuator/prometheus
 *   curl localhost:8080/actuator/weir
 * </pre>
 */
@SpringBootApplication
public class ServiceMain {
    @Bean
    static RateLimitFilter limitPerKey(WeirRegistry registry) {
        return new RateLimitFilter("per-key", request -> {
            if (request.getRequestURI().startsWith("/actuator")) {
                return null;
            }
            String key = request.getHeader("X-Api-Key");
            return registry.rateLimiter("per-key", key == null ? "nobody" : key);
        });
    }

    @Bean
    static Exchange exchange() throws IOException {
        return new Exchange();
    }

    @Bean
    static RestClient exchangeClient(
            Exchange exchange, @Qualifier("exchange") RateLimiter limiter, @Qualifier("exchange") Retry retry) {
        return RestClient.builder()
                .baseUrl(exchange.url())
                .requestFactory(new JdkClientHttpRequestFactory())
                .requestInterceptor(LimitedRequestInterceptor.of(limiter, retry))
                .build();
    }

    public static void main(String[] args) {
        SpringApplication.run(ServiceMain.class, args);
    }
}
