package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.testkit.CapturedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class RefreshTest {
    @Configuration(proxyBeanMethods = false)
    static class ManualClock {
        @Bean
        ManualTimeSource time() {
            return new ManualTimeSource();
        }
    }

    private static void set(ConfigurableApplicationContext context, String... properties) {
        TestPropertyValues.of(properties).applyTo(context);
    }

    @Test
    void rates_and_sizes_follow_the_properties() {
        Contexts.plain(
                        "weir.pools.work.max-workers=1",
                        "weir.rate-limiters.api.permits=10",
                        "weir.rate-limiters.logins.permits=1",
                        "weir.rate-limiters.logins.keyed=true",
                        "weir.semaphores.reports.permits=3")
                .run(context -> {
                    WeirRegistry registry = context.getBean(WeirRegistry.class);
                    set(
                            context.getSourceApplicationContext(),
                            "weir.pools.work.max-workers=2",
                            "weir.pools.work.min-workers=2",
                            "weir.rate-limiters.api.permits=20",
                            "weir.rate-limiters.logins.permits=7",
                            "weir.semaphores.reports.permits=5");
                    List<String> log = CapturedLog.during(PartRefresh.class, registry::refresh);
                    assertThat(log).isEmpty();
                    assertThat(registry.rateLimiter("api").rate()).isEqualTo(Rate.perSecond(20));
                    assertThat(registry.rateLimiter("logins", "ann").rate()).isEqualTo(Rate.perSecond(7));
                    assertThat(registry.semaphore("reports").size()).isEqualTo(5);
                    WorkerPool pool = registry.pool("work");
                    CyclicBarrier both = new CyclicBarrier(2);
                    var first = pool.submit(() -> both.await());
                    pool.submit(() -> both.await()).get();
                    first.get();
                });
    }

    @Test
    void a_refresh_with_an_invalid_value_changes_nothing() {
        Contexts.plain("weir.rate-limiters.api.permits=10", "weir.semaphores.reports.permits=3")
                .run(context -> {
                    WeirRegistry registry = context.getBean(WeirRegistry.class);
                    set(
                            context.getSourceApplicationContext(),
                            "weir.rate-limiters.api.permits=20",
                            "weir.semaphores.reports.permits=-1");
                    assertThatThrownBy(registry::refresh)
                            .isInstanceOf(InvalidConfigurationPropertyValueException.class)
                            .hasMessageContaining("weir.semaphores.reports.permits");
                    assertThat(registry.rateLimiter("api").rate()).isEqualTo(Rate.perSecond(10));
                    set(context.getSourceApplicationContext(), "weir.semaphores.reports.permits=4");
                    registry.refresh();
                    assertThat(registry.rateLimiter("api").rate()).isEqualTo(Rate.perSecond(20));
                    assertThat(registry.semaphore("reports").size()).isEqualTo(4);
                });
    }

    @Test
    void what_needs_a_restart_is_logged() {
        Contexts.plain(
                        "weir.pools.work.saturation=block",
                        "weir.retries.lookup.max-attempts=3",
                        "weir.hedges.reads.delay=1s",
                        "weir.rate-limiters.api.permits=10",
                        "weir.semaphores.tenants.permits=1",
                        "weir.semaphores.tenants.keyed=true")
                .run(context -> {
                    set(
                            context.getSourceApplicationContext(),
                            "weir.pools.work.saturation=reject",
                            "weir.retries.lookup.max-attempts=4",
                            "weir.hedges.reads.delay=2s",
                            "weir.rate-limiters.api.jitter=1s",
                            "weir.rate-limiters.other.permits=1",
                            "weir.semaphores.tenants.permits=2");
                    assertThat(CapturedLog.during(
                                    PartRefresh.class,
                                    () -> context.getBean(WeirRegistry.class).refresh()))
                            .containsExactly("WARN Changes of these properties need a restart of the application:"
                                    + " [weir.hedges.reads, weir.pools.work, weir.rate-limiters.api,"
                                    + " weir.rate-limiters.other, weir.retries.lookup, weir.semaphores.tenants]");
                });
    }

    @Test
    void an_event_of_spring_cloud_refreshes() {
        Contexts.plain("weir.rate-limiters.api.permits=10").run(context -> {
            set(context.getSourceApplicationContext(), "weir.rate-limiters.api.permits=20");
            context.publishEvent(new EnvironmentChangeEvent(context));
            assertThat(context.getBean(RateLimiter.class).rate()).isEqualTo(Rate.perSecond(20));
        });
    }

    @Test
    void no_permit_of_a_rate_is_lost_or_minted_by_refreshes_under_load() {
        Contexts.plain("weir.rate-limiters.api.permits=1000", "weir.rate-limiters.api.burst=1000")
                .withUserConfiguration(ManualClock.class)
                .run(context -> {
                    RateLimiter limiter = context.getBean(RateLimiter.class);
                    ManualTimeSource time = (ManualTimeSource) context.getBean(TimeSource.class);
                    AtomicLong taken = new AtomicLong();
                    underRefreshes(
                            context.getSourceApplicationContext(),
                            "weir.rate-limiters.api.permits=",
                            () -> taken.addAndGet(limiter.tryAcquire() ? 1 : 0));
                    // The clock stands still: whatever the rate was meanwhile, these are the permits of the start.
                    taken.addAndGet(limiter.tryAcquireUpTo(10_000));
                    assertThat(taken.get()).isEqualTo(1000);
                    time.advance(Duration.ofSeconds(10));
                    assertThat(limiter.tryAcquireUpTo(10_000))
                            .isEqualTo(10 * limiter.rate().permits());
                });
    }

    @Test
    void no_permit_of_a_semaphore_is_lost_by_refreshes_under_load() {
        Contexts.plain("weir.semaphores.reports.permits=3").run(context -> {
            ResizableSemaphore semaphore = context.getBean(ResizableSemaphore.class);
            underRefreshes(context.getSourceApplicationContext(), "weir.semaphores.reports.permits=", () -> {
                if (semaphore.tryAcquire()) {
                    semaphore.release();
                }
            });
            assertThat(semaphore.available()).isEqualTo(semaphore.size());
        });
    }

    private static void underRefreshes(ConfigurableApplicationContext context, String property, Runnable use)
            throws InterruptedException {
        AtomicBoolean ended = new AtomicBoolean();
        List<Thread> users = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            users.add(Thread.ofPlatform().start(() -> {
                while (!ended.get()) {
                    use.run();
                }
            }));
        }
        for (int i = 1; i <= 200; i++) {
            set(context, property + (1 + i % 7));
            context.getBean(WeirRegistry.class).refresh();
        }
        ended.set(true);
        for (Thread user : users) {
            user.join();
        }
    }
}
