package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.pool.WorkerPool;
import dev.weir.micrometer.WeirMeters;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.RetryBudget;
import dev.weir.spring.web.WebApplication;
import dev.weir.testkit.CapturedLog;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

class MetricsTest {
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        static RetryBudget budget() {
            return RetryBudget.ratio(0.5, 1);
        }
    }

    private static final String[] PARTS = {
        "weir.pools.work.max-workers=1",
        "weir.rate-limiters.api.permits=10",
        "weir.rate-limiters.users.permits=1",
        "weir.rate-limiters.users.keyed=true",
        "weir.retries.lookup.max-attempts=3",
        "weir.hedges.reads.delay=1s",
        "weir.semaphores.reports.permits=3",
        "weir.semaphores.tenants.permits=1",
        "weir.semaphores.tenants.keyed=true"
    };

    private static ApplicationContextRunner runner(String... properties) {
        return Contexts.plain(properties).withConfiguration(AutoConfigurations.of(WeirMetricsAutoConfiguration.class));
    }

    @Test
    void a_scrape_shows_every_part() throws Exception {
        String[] properties = new String[PARTS.length + 1];
        System.arraycopy(PARTS, 0, properties, 0, PARTS.length);
        properties[PARTS.length] = "management.endpoints.web.exposure.include=prometheus";
        try (WebApplication application =
                new WebApplication(WebApplicationType.SERVLET, Application.class, properties)) {
            WeirRegistry registry = application.context().getBean(WeirRegistry.class);
            registry.rateLimiter("api").tryAcquire(3);
            registry.rateLimiter("users", "ann").tryAcquire();
            registry.rateLimiter("users", "ann").tryAcquire();
            registry.retry("lookup").call(() -> "done");
            registry.pool("work").submit(() -> {}).get();
            HttpResponse<String> response = application.get("/actuator/prometheus");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body().lines())
                    .contains(
                            "weir_pool_submitted_tasks_total{pool=\"work\"} 1.0",
                            "weir_limiter_permits_total{limiter=\"api\",outcome=\"admitted\"} 3.0",
                            "weir_keyed_limiter_permits_total{limiter=\"users\",outcome=\"admitted\"} 1.0",
                            "weir_keyed_limiter_permits_total{limiter=\"users\",outcome=\"rejected\"} 1.0",
                            "weir_retry_calls_total{retry=\"lookup\"} 1.0",
                            "weir_hedge_calls_total{hedge=\"reads\"} 0.0",
                            "weir_semaphore_size_permits{semaphore=\"reports\"} 3.0",
                            "weir_keyed_semaphore_keys{semaphore=\"tenants\"} 0.0")
                    .anyMatch(line -> line.startsWith("weir_retry_budget_capacity"));
        }
    }

    @Test
    void meters_go_with_the_application() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        runner(PARTS).run(context -> {
            context.getBean(WeirMeters.class).bindTo(meters);
            assertThat(meters.find("weir.pool.workers").tag("pool", "work").gauge())
                    .isNotNull();
        });
        assertThat(meters.getMeters()).isEmpty();
    }

    @Test
    void a_part_that_nobody_needs_is_not_made_for_its_meters() {
        AtomicInteger made = new AtomicInteger();
        runner().withInitializer(context -> context.getBeanFactory().registerSingleton("made", made))
                .withUserConfiguration(LazyApplication.class)
                .run(context -> {
                    MeterRegistry meters = new SimpleMeterRegistry();
                    context.getBean(WeirMeters.class).bindTo(meters);
                    assertThat(made).hasValue(0);
                    assertThat(meters.find("weir.pool.workers").gauge()).isNull();
                    context.getBean("late", WorkerPool.class);
                    assertThat(meters.find("weir.pool.workers")
                                    .tag("pool", "late")
                                    .gauge())
                            .isNotNull();
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyApplication {
        @Bean
        @Lazy
        WorkerPool late(AtomicInteger made) {
            made.incrementAndGet();
            return WorkerPool.builder("late").build();
        }
    }

    @Test
    void a_part_that_cannot_have_meters_is_logged_and_works() throws Exception {
        RateLimiter nameless = (RateLimiter) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {RateLimiter.class}, (proxy, method, arguments) -> {
                    return method.getReturnType() == boolean.class ? true : null;
                });
        assertThat(CapturedLog.during(
                        PartMeters.class,
                        () -> runner().withBean("nameless", RateLimiter.class, () -> nameless)
                                .run(context -> assertThat(context.getBean(RateLimiter.class)
                                                .tryAcquire())
                                        .isTrue())))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("ERROR The bean nameless has no meters");
    }

    @Test
    void an_application_with_meters_of_its_own_adds_the_parts_itself() {
        WeirMeters own = new WeirMeters();
        runner(PARTS).withBean("own", WeirMeters.class, () -> own).run(context -> {
            assertThat(context).hasNotFailed().getBean(WeirMeters.class).isSameAs(own);
            assertThat(own.toString()).startsWith("WeirMeters[0 parts");
        });
    }

    @Test
    void without_micrometer_there_are_no_meters() {
        for (String absent : new String[] {"io.micrometer", "dev.weir.micrometer"}) {
            runner(PARTS)
                    .withClassLoader(new FilteredClassLoader(absent))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("weirMeters"));
        }
    }
}
