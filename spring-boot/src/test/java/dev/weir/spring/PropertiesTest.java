package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;

class PropertiesTest {
    private static final String[] ONE_OF_EACH = {
        "weir.pools.parser.max-workers=4",
        "weir.pools.parser.queue-capacity=100",
        "weir.rate-limiters.api.permits=10",
        "weir.rate-limiters.logins.permits=5",
        "weir.rate-limiters.logins.period=1m",
        "weir.rate-limiters.logins.burst=2",
        "weir.rate-limiters.logins.keyed=true",
        "weir.retries.lookup.max-attempts=4",
        "weir.hedges.reads.delay=50ms",
        "weir.semaphores.reports.permits=3",
        "weir.semaphores.tenants.permits=2",
        "weir.semaphores.tenants.keyed=true"
    };

    @Test
    void without_properties_there_is_an_empty_registry() {
        Contexts.plain().run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(WeirRegistry.class)).hasToString("WeirRegistry[]");
        });
    }

    @Test
    void each_part_is_a_bean_and_in_the_registry() {
        Contexts.plain(ONE_OF_EACH).run(context -> {
            WeirRegistry registry = context.getBean(WeirRegistry.class);
            assertThat(registry)
                    .hasToString("WeirRegistry[pools [parser], rate-limiters [api, logins], retries [lookup],"
                            + " hedges [reads], semaphores [reports, tenants]]");
            assertThat(registry.pool("parser")).isSameAs(context.getBean("parserPool"));
            assertThat(registry.pool("parser").name()).isEqualTo("parser");
            assertThat(registry.rateLimiter("api")).isSameAs(context.getBean("apiRateLimiter"));
            assertThat(registry.rateLimiter("api").rate()).isEqualTo(Rate.perSecond(10));
            assertThat(registry.rateLimiter("logins", "ann").rate())
                    .isEqualTo(Rate.perMinute(5).withBurst(2));
            assertThat(registry.retry("lookup")).isSameAs(context.getBean(Retry.class));
            assertThat(registry.hedge("reads")).isSameAs(context.getBean(Hedge.class));
            assertThat(registry.semaphore("reports").size()).isEqualTo(3);
            assertThat(registry.keyedSemaphore("tenants").size()).isEqualTo(2);
        });
    }

    @Test
    void a_name_that_one_part_has_is_an_alias_of_its_bean() {
        Contexts.plain(ONE_OF_EACH)
                .run(context -> assertThat(context.getBean("parser")).isSameAs(context.getBean(WorkerPool.class)));
    }

    @Test
    void parts_of_different_kinds_may_have_one_name() {
        Contexts.plain("weir.rate-limiters.github-api.permits=10", "weir.retries.github-api.delay=1s")
                .run(context -> {
                    assertThat(context).hasBean("githubApiRateLimiter").hasBean("githubApiRetry");
                    assertThat(context.containsBean("github-api")).isFalse();
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Injected {
        @Bean
        String injected(
                @Qualifier("parser") WorkerPool pool,
                @Qualifier("api") RateLimiter limiter,
                @Qualifier("logins") KeyedRateLimiter<String> logins,
                @Qualifier("lookup") Retry retry,
                @Qualifier("reads") Hedge hedge,
                @Qualifier("reports") ResizableSemaphore semaphore,
                @Qualifier("tenants") KeyedSemaphore<String> tenants) {
            return pool.name() + " " + limiter.name() + " " + logins.name() + " " + retry.name() + " " + hedge.name()
                    + " " + semaphore.name() + " " + tenants.name();
        }
    }

    @Test
    void parts_are_injected_by_their_names_as_qualifiers() {
        Contexts.plain(ONE_OF_EACH)
                .withUserConfiguration(Injected.class)
                .run(context -> assertThat(context.getBean("injected"))
                        .isEqualTo("parser api logins lookup reads reports tenants"));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnBeans {
        @Bean
        RateLimiter special() {
            return RateLimiter.of(Rate.perSecond(1));
        }

        @Bean
        TimeSource time() {
            return ManualTimeSource.autoAdvancing();
        }
    }

    @Test
    void beans_of_the_application_are_in_the_registry_by_their_names() {
        Contexts.plain(ONE_OF_EACH).withUserConfiguration(OwnBeans.class).run(context -> {
            WeirRegistry registry = context.getBean(WeirRegistry.class);
            assertThat(registry.rateLimiter("special")).isSameAs(context.getBean("special"));
            assertThat(registry.toString()).contains("[api, logins, special]");
        });
    }

    @Test
    void a_clock_that_is_a_bean_is_that_of_the_parts() {
        Contexts.plain(
                        "weir.retries.lookup.max-attempts=3",
                        "weir.retries.lookup.delay=1h",
                        "weir.retries.lookup.max-delay=2d")
                .withUserConfiguration(OwnBeans.class)
                .run(context -> {
                    AtomicInteger attempts = new AtomicInteger();
                    String answer = context.getBean(Retry.class).call(() -> {
                        if (attempts.incrementAndGet() < 3) {
                            throw new IOException();
                        }
                        return "done";
                    });
                    assertThat(answer).isEqualTo("done");
                });
    }

    @Test
    void only_what_is_to_be_retried_is_retried() {
        Contexts.plain(
                        "weir.retries.lookup.delay=0",
                        "weir.retries.lookup.retry-on=java.io.IOException",
                        "weir.retries.lookup.abort-on=java.io.FileNotFoundException")
                .run(context -> {
                    Retry retry = context.getBean(Retry.class);
                    AtomicInteger attempts = new AtomicInteger();
                    assertThat(attemptsOf(retry, new IOException(), attempts)).isEqualTo(3);
                    assertThat(attemptsOf(retry, new FileNotFoundException(), attempts))
                            .isEqualTo(1);
                    assertThat(attemptsOf(retry, new IllegalStateException(), attempts))
                            .isEqualTo(1);
                });
    }

    private static int attemptsOf(Retry retry, Exception failure, AtomicInteger attempts) {
        attempts.set(0);
        ThrowingCallable call = () -> retry.call(() -> {
            attempts.incrementAndGet();
            throw failure;
        });
        assertThatThrownBy(call).isSameAs(failure);
        return attempts.get();
    }

    @Test
    void a_pool_does_not_take_the_place_of_the_executor_of_spring_boot() {
        Contexts.plain(ONE_OF_EACH)
                .withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
                .run(context -> {
                    assertThat(context).hasBean("applicationTaskExecutor");
                    assertThat(context).hasSingleBean(AsyncTaskExecutor.class);
                    assertThat(context.getBeansOfType(Executor.class)).hasSize(2);
                });
    }

    @Test
    void what_is_not_there_is_named_with_what_is() {
        Contexts.plain(ONE_OF_EACH).run(context -> {
            WeirRegistry registry = context.getBean(WeirRegistry.class);
            refused(() -> registry.pool("parsers"), "there is no pool named parsers, but there are [parser]");
            refused(
                    () -> registry.rateLimiter("logins"),
                    "the rate limiter logins has a limit for each key, and needs a key");
            refused(
                    () -> registry.rateLimiter("api", "ann"),
                    "the rate limiter api has one limit for all, and no keys");
            refused(
                    () -> registry.semaphore("tenants"),
                    "the semaphore tenants has permits for each key, and needs a key");
            refused(() -> registry.keyedSemaphore("reports"), "the semaphore reports has permits for all, and no keys");
        });
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void budgets_percentiles_and_kinds_of_jitter_are_set() {
        Contexts.plain(
                        "weir.retries.a.jitter=none",
                        "weir.retries.b.jitter=equal",
                        "weir.retries.c.jitter=decorrelated",
                        "weir.retries.c.budget=0.1",
                        "weir.retries.c.attempt-timeout=1s",
                        "weir.hedges.d.percentile=95",
                        "weir.hedges.d.budget=0.1",
                        "weir.pools.e.saturation=caller-runs",
                        "weir.pools.f.saturation=reject",
                        "weir.pools.g.saturation=discard-oldest",
                        "weir.pools.h.saturation-timeout=1s",
                        "weir.pools.h.virtual-workers=true",
                        "weir.semaphores.i.permits=1",
                        "weir.semaphores.i.fair=false")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void durations_may_be_written_as_spring_boot_allows() {
        Contexts.plain("weir.rate-limiters.api.permits=10", "weir.rate-limiters.api.period=PT5S")
                .run(context -> assertThat(
                                context.getBean(RateLimiter.class).rate().period())
                        .isEqualTo(Duration.ofSeconds(5)));
    }
}
