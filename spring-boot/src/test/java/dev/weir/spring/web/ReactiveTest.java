package dev.weir.spring.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.ratelimit.RateLimiter;
import dev.weir.spring.RateLimited;
import dev.weir.spring.WeirRegistry;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

class ReactiveTest {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Controller.class)
    static class Application {
        @Bean
        static RateLimitWebFilter filter(WeirRegistry registry) {
            return new RateLimitWebFilter("per-key", exchange -> {
                var headers = exchange.getRequest().getHeaders();
                String key = headers.getFirst("X-Api-Key");
                String both = headers.getFirst("X-Both");
                if (both != null) {
                    return RateLimiter.allOf(
                            registry.rateLimiter("filtered", both), registry.rateLimiter("filtered", "all"));
                }
                return key == null ? null : registry.rateLimiter("filtered", key);
            });
        }
    }

    @RestController
    static class Controller {
        @GetMapping("/free")
        Mono<String> free() {
            return Mono.just("free");
        }

        @GetMapping("/limited")
        @RateLimited("limited")
        Mono<String> limited() {
            return Mono.just("limited");
        }
    }

    private static WebApplication application;

    @BeforeAll
    static void start() {
        application = new WebApplication(
                WebApplicationType.REACTIVE,
                Application.class,
                "weir.rate-limiters.filtered.permits=2",
                "weir.rate-limiters.filtered.period=1h",
                "weir.rate-limiters.filtered.keyed=true",
                "weir.rate-limiters.limited.permits=1",
                "weir.rate-limiters.limited.period=1h");
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    @Test
    void a_filter_limits_each_key() throws Exception {
        HttpResponse<String> first = application.get("/free", "X-Api-Key", "ann");
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(first.headers().firstValue("RateLimit").orElseThrow()).startsWith("\"per-key\";r=1;t=");
        assertThat(application.get("/free", "X-Api-Key", "ann").statusCode()).isEqualTo(200);
        ServletTest.assertTooMany(application.get("/free", "X-Api-Key", "ann"), "per-key", "2;w=3600");
        assertThat(application.get("/free", "X-Api-Key", "bob").statusCode()).isEqualTo(200);
        assertThat(application.get("/free").headers().firstValue("RateLimit")).isEmpty();
    }

    @Test
    void a_filter_asks_several_limits_in_another_thread() throws Exception {
        assertThat(application.get("/free", "X-Both", "eve").body()).isEqualTo("free");
        assertThat(application.get("/free", "X-Both", "eve").body()).isEqualTo("free");
        assertThat(application.get("/free", "X-Both", "eve").statusCode()).isEqualTo(429);
    }

    @Test
    void a_refused_controller_answers_429() throws Exception {
        assertThat(application.get("/limited").body()).isEqualTo("limited");
        ServletTest.assertTooMany(application.get("/limited"), "limited", "1;w=3600");
    }
}
