package dev.weir.spring.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.pool.WorkerPool;
import dev.weir.spring.ConcurrencyLimited;
import dev.weir.spring.RateLimitExceededException;
import dev.weir.spring.RateLimited;
import dev.weir.spring.WeirRegistry;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

class ServletTest {
    private static final String[] PROPERTIES = {
        "weir.rate-limiters.filtered.permits=2",
        "weir.rate-limiters.filtered.period=1h",
        "weir.rate-limiters.filtered.keyed=true",
        "weir.rate-limiters.limited.permits=1",
        "weir.rate-limiters.limited.period=1h",
        "weir.rate-limiters.staged.permits=1",
        "weir.rate-limiters.staged.period=1h",
        "weir.rate-limiters.handled.permits=1",
        "weir.rate-limiters.handled.period=1h",
        "weir.semaphores.none.permits=0",
        "weir.pools.slow.max-workers=1",
        "server.shutdown=graceful"
    };

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Controller.class, Handled.class, Slow.class})
    static class Application {
        @Bean
        static RateLimitFilter filter(WeirRegistry registry) {
            return new RateLimitFilter("per-key", request -> {
                String key = request.getHeader("X-Api-Key");
                return key == null ? null : registry.rateLimiter("filtered", key);
            });
        }
    }

    @RestController
    static class Controller {
        @GetMapping("/free")
        String free() {
            return "free";
        }

        @GetMapping("/limited")
        @RateLimited("limited")
        String limited() {
            return "limited";
        }

        @GetMapping("/staged")
        @RateLimited("staged")
        CompletableFuture<String> staged() {
            return CompletableFuture.completedFuture("staged");
        }

        @GetMapping("/none")
        @ConcurrencyLimited("none")
        String none() {
            return "none";
        }
    }

    @RestController
    static class Handled {
        @GetMapping("/handled")
        @RateLimited("handled")
        String handled() {
            return "handled";
        }

        @ExceptionHandler
        String refused(RateLimitExceededException refused) {
            return "try later than " + refused.limiter();
        }
    }

    @RestController
    static class Slow {
        static final CountDownLatch BEGUN = new CountDownLatch(1);
        static final CountDownLatch GO_ON = new CountDownLatch(1);

        private final WorkerPool pool;

        Slow(@Qualifier("slow") WorkerPool pool) {
            this.pool = pool;
        }

        @GetMapping("/slow")
        String slow() throws Exception {
            BEGUN.countDown();
            GO_ON.await();
            return pool.submit(() -> "in flight").get();
        }
    }

    private static WebApplication application;

    @BeforeAll
    static void start() {
        application = new WebApplication(WebApplicationType.SERVLET, Application.class, PROPERTIES);
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    static void assertTooMany(HttpResponse<String> response, String policy, String quota) {
        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("Retry-After").orElseThrow()).matches("[1-9][0-9]*");
        assertThat(response.headers().firstValue("RateLimit").orElseThrow())
                .matches("\"" + policy + "\";r=0;t=[1-9][0-9]*");
        assertThat(response.headers().firstValue("RateLimit-Policy")).hasValue("\"" + policy + "\";q=" + quota);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(response.body()).isEqualTo("{\"title\":\"Too Many Requests\",\"status\":429}");
    }

    @Test
    void a_filter_limits_each_key() throws Exception {
        HttpResponse<String> first = application.get("/free", "X-Api-Key", "ann");
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(first.headers().firstValue("RateLimit").orElseThrow()).startsWith("\"per-key\";r=1;t=");
        assertThat(first.headers().firstValue("RateLimit-Policy")).hasValue("\"per-key\";q=2;w=3600");
        assertThat(application.get("/free", "X-Api-Key", "ann").statusCode()).isEqualTo(200);
        assertTooMany(application.get("/free", "X-Api-Key", "ann"), "per-key", "2;w=3600");
        assertThat(application.get("/free", "X-Api-Key", "bob").statusCode()).isEqualTo(200);
    }

    @Test
    void a_filter_lets_pass_what_has_no_limit() throws Exception {
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> response = application.get("/free");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("RateLimit")).isEmpty();
        }
    }

    @Test
    void a_refused_controller_answers_429() throws Exception {
        assertThat(application.get("/limited").body()).isEqualTo("limited");
        assertTooMany(application.get("/limited"), "limited", "1;w=3600");
    }

    @Test
    void a_refused_controller_that_returns_a_stage_answers_429() throws Exception {
        assertThat(application.get("/staged").body()).isEqualTo("staged");
        assertTooMany(application.get("/staged"), "staged", "1;w=3600");
    }

    @Test
    void a_controller_without_a_permit_of_a_semaphore_answers_503() throws Exception {
        HttpResponse<String> response = application.get("/none");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("{\"title\":\"Service Unavailable\",\"status\":503}");
    }

    @Test
    void a_handler_of_the_application_goes_first() throws Exception {
        assertThat(application.get("/handled").body()).isEqualTo("handled");
        assertThat(application.get("/handled").body()).isEqualTo("try later than handled");
    }

    @Test
    void a_request_in_flight_is_answered_through_its_pool_at_a_shutdown() throws Exception {
        WebApplication ending = new WebApplication(WebApplicationType.SERVLET, Application.class, PROPERTIES);
        FutureTask<HttpResponse<String>> request = new FutureTask<>(() -> ending.get("/slow"));
        Thread.ofPlatform().start(request);
        Slow.BEGUN.await();
        WorkerPool pool = ending.context().getBean(WorkerPool.class);
        Thread closer = Thread.ofPlatform().start(ending::close);
        Slow.GO_ON.countDown();
        assertThat(request.get().body()).isEqualTo("in flight");
        closer.join();
        assertThat(pool.isTerminated()).isTrue();
    }
}
