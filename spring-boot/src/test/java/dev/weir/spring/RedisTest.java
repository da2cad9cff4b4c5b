package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.testkit.Call;
import dev.weir.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class RedisTest {
    private static RedisProcess server;
    private static RedisClient client;
    private static StatefulRedisConnection<String, String> connection;

    @BeforeAll
    static void start() throws Exception {
        server = RedisProcess.start();
        client = RedisClient.create(uri());
        connection = client.connect();
    }

    @AfterAll
    static void stop() {
        client.shutdown();
        server.close();
    }

    @BeforeEach
    void empty() {
        connection.sync().flushall();
    }

    private static String uri() {
        return "redis://127.0.0.1:" + server.port();
    }

    private static ApplicationContextRunner runner(String... properties) {
        return Contexts.plain(
                        "weir.rate-limiters.api.permits=2",
                        "weir.rate-limiters.api.period=1h",
                        "weir.rate-limiters.api.redis=true",
                        "weir.rate-limiters.api.timeout=20s",
                        "weir.rate-limiters.users.permits=1",
                        "weir.rate-limiters.users.period=1h",
                        "weir.rate-limiters.users.keyed=true",
                        "weir.rate-limiters.users.redis=true",
                        "weir.rate-limiters.users.timeout=20s")
                .withPropertyValues(properties);
    }

    @Test
    void two_applications_share_a_limit() {
        runner("weir.redis.uri=" + uri())
                .run(one -> runner("weir.redis.uri=" + uri()).run(two -> {
                    assertThat(one.getBean("apiRateLimiter", RateLimiter.class).tryAcquire())
                            .isTrue();
                    assertThat(two.getBean("apiRateLimiter", RateLimiter.class).tryAcquire())
                            .isTrue();
                    assertThat(one.getBean("apiRateLimiter", RateLimiter.class).tryAcquire())
                            .isFalse();
                    WeirRegistry registry = one.getBean(WeirRegistry.class);
                    assertThat(registry.rateLimiter("users", "ann").tryAcquire())
                            .isTrue();
                    assertThat(two.getBean(WeirRegistry.class)
                                    .rateLimiter("users", "ann")
                                    .tryAcquire())
                            .isFalse();
                    assertThat(registry.rateLimiter("users", "bob").tryAcquire())
                            .isTrue();
                    assertThat(connection.sync().keys("*"))
                            .containsExactlyInAnyOrder("weir:api:", "weir:users:ann", "weir:users:bob");
                }));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnConnection {
        @Bean(destroyMethod = "")
        StatefulRedisConnection<String, String> connection() {
            return connection;
        }
    }

    @Test
    void a_connection_of_the_application_is_used_and_left_open() {
        runner("weir.rate-limiters.api.redis-key=shared")
                .withUserConfiguration(OwnConnection.class)
                .run(context -> {
                    context.getBean("apiRateLimiter", RateLimiter.class).acquire();
                    assertThat(connection.sync().keys("*")).containsExactly("shared");
                });
        assertThat(connection.isOpen()).isTrue();
    }

    @Test
    void rates_in_redis_follow_the_properties() {
        runner("weir.redis.uri=" + uri()).run(context -> {
            TestPropertyValues.of("weir.rate-limiters.api.permits=20", "weir.rate-limiters.users.permits=10")
                    .applyTo(context.getSourceApplicationContext());
            context.getBean(WeirRegistry.class).refresh();
            assertThat(context.getBean("apiRateLimiter", RateLimiter.class).rate())
                    .isEqualTo(Rate.perHour(20));
            assertThat(context.getBean(KeyedRemoteRateLimiter.class).rate()).isEqualTo(Rate.perHour(10));
        });
    }

    @Test
    void the_health_is_down_in_an_outage_unless_the_limiter_goes_on_without() throws Exception {
        runner(
                        "weir.redis.uri=" + uri(),
                        "weir.rate-limiters.users.on-outage=admit",
                        // what is sent before the end is noticed has no answer
                        "weir.rate-limiters.users.timeout=500ms",
                        "weir.rate-limiters.api.timeout=500ms")
                .run(context -> {
                    WeirRegistry registry = context.getBean(WeirRegistry.class);
                    assertThat(registry.health().isDown()).isFalse();
                    server.kill();
                    try {
                        assertThat(registry.rateLimiter("users", "ann").tryAcquire())
                                .isTrue();
                        Call.until(() -> List.of("users")
                                .equals(registry.health().details().get("limitersWithoutRedis")));
                        assertThat(registry.health().isDown()).isFalse();
                        assertThat(registry.rateLimiter("api").tryAcquire()).isFalse();
                        Call.until(() -> registry.health().isDown());
                    } finally {
                        server.restart();
                    }
                    Call.until(() -> registry.rateLimiter("api").tryAcquire());
                    Call.until(() -> !registry.health().isDown());
                    connection.sync().ping(); // has reconnected
                });
    }
}
