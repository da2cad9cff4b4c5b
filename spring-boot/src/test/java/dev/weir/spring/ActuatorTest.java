package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.pool.WorkerPool;
import dev.weir.spring.web.WebApplication;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.context.annotation.Configuration;

class ActuatorTest {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    private static WebApplication application(String... properties) {
        WebApplication application = new WebApplication(WebApplicationType.SERVLET, Application.class, properties);
        return application;
    }

    private static final String[] PROPERTIES = {
        "management.endpoints.web.exposure.include=weir,health",
        "management.endpoint.health.show-components=always",
        "management.endpoint.health.show-details=always",
        "management.health.diskspace.enabled=false",
        "weir.pools.work.max-workers=1",
        "weir.pools.work.queue-capacity=1",
        "weir.rate-limiters.api.permits=10",
        "weir.rate-limiters.users.permits=1",
        "weir.rate-limiters.users.keyed=true",
        "weir.retries.lookup.max-attempts=3",
        "weir.hedges.reads.delay=1s",
        "weir.semaphores.reports.permits=3"
    };

    @Test
    void the_endpoint_lists_every_part_with_its_metrics() throws Exception {
        try (WebApplication application = application(PROPERTIES)) {
            WeirRegistry registry = application.context().getBean(WeirRegistry.class);
            registry.rateLimiter("api").tryAcquire(3);
            registry.retry("lookup").call(() -> "done");
            HttpResponse<String> response = application.get("/actuator/weir");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body())
                    .contains("\"pools\":{\"work\":{\"type\":\"WorkerPool\",\"metrics\":{\"submitted\":0,")
                    .contains("\"api\":{\"type\":\"TokenBucket\",\"rate\":{\"permits\":10,\"period\":1.0,\"burst\":10},"
                            + "\"metrics\":{\"admitted\":3,")
                    .contains("\"users\":{\"type\":\"KeyedRateLimiter\",\"metrics\":{\"keys\":0,")
                    .contains("\"lookup\":{\"type\":\"Retry\",\"metrics\":{\"calls\":1,")
                    .contains("\"reads\":{\"type\":\"Hedge\",\"metrics\":{\"calls\":0,")
                    .contains("\"reports\":{\"type\":\"ResizableSemaphore\",\"metrics\":{\"acquired\":0,");
        }
    }

    @Test
    void a_pool_that_is_full_is_out_of_service_until_it_is_not() throws Exception {
        try (WebApplication application = application(PROPERTIES)) {
            assertThat(application.get("/actuator/health").statusCode()).isEqualTo(200);
            WorkerPool pool = application.context().getBean("workPool", WorkerPool.class);
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            pool.submit(() -> {
                begun.countDown();
                goOn.await();
                return null;
            });
            begun.await();
            var last = pool.submit(() -> {});
            HttpResponse<String> full = application.get("/actuator/health");
            assertThat(full.statusCode()).isEqualTo(503);
            assertThat(full.body())
                    .contains("\"status\":\"OUT_OF_SERVICE\"")
                    .contains("\"saturatedPools\":[\"work\"]")
                    .doesNotContain("DOWN");
            goOn.countDown();
            last.get();
            HttpResponse<String> better = application.get("/actuator/health");
            assertThat(better.statusCode()).isEqualTo(200);
            assertThat(better.body()).contains("\"saturatedPools\":[]");
        }
    }

    @Test
    void the_health_can_be_switched_off() throws Exception {
        String[] off = Arrays.copyOf(PROPERTIES, PROPERTIES.length + 1);
        off[PROPERTIES.length] = "management.health.weir.enabled=false";
        try (WebApplication application = application(off)) {
            assertThat(application.get("/actuator/health").body()).doesNotContain("weir");
        }
    }

    @Test
    void without_actuator_there_is_neither() {
        Contexts.plain("weir.pools.work.max-workers=1")
                .withConfiguration(AutoConfigurations.of(WeirActuatorAutoConfiguration.class))
                .withClassLoader(
                        new FilteredClassLoader("org.springframework.boot.actuate", "org.springframework.boot.health"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean("weirEndpoint")
                        .doesNotHaveBean("weirHealthIndicator"));
    }
}
