package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.util.StringUtils;

class InvalidPropertiesTest {
    private static Throwable root(Throwable failure) {
        Throwable at = failure;
        while (!(at instanceof InvalidConfigurationPropertyValueException) && at.getCause() != null) {
            at = at.getCause();
        }
        return at;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        weir.pools.p.max-workers=0               | max-workers         | maxWorkers must be at least 1
        weir.pools.p.min-workers=-1              | min-workers         | minWorkers must not be negative
        weir.pools.p.queue-capacity=-1           | queue-capacity      | queueCapacity must not be negative
        weir.pools.p.keep-alive=0s               | keep-alive          | keepAlive must be positive
        weir.pools.p.queue-timeout=0s            | queue-timeout       | timeout must be positive
        weir.pools.p.close-timeout=-1s           | close-timeout       | timeout must not be negative
        weir.pools.p.saturation-timeout=-1s      | saturation-timeout  | timeout must be positive
        weir.rate-limiters.p.permits=0           | permits             | permits must be at least 1
        weir.rate-limiters.p.period=1h           | permits             | permits must be at least 1
        weir.rate-limiters.p.permits=1,period=0s | period              | period must be positive
        weir.rate-limiters.p.permits=1,burst=0   | burst               | burst must be at least 1
        weir.rate-limiters.p.permits=1,keyed=true,max-keys=0 | max-keys | maxKeys must be at least 1
        weir.rate-limiters.p.permits=1,max-waiters=-1 | max-waiters    | maxWaiters must not be negative
        weir.retries.p.max-attempts=0            | max-attempts        | maxAttempts must be
        weir.retries.p.delay=-1s                 | delay               | delay must
        weir.retries.p.multiplier=0.5            | multiplier          | factor must
        weir.retries.p.budget=-1                 | budget              | ratio must
        weir.hedges.p.delay=-1s                  | delay               | delay must not be negative
        weir.hedges.p.percentile=100             | percentile          | percentile must be above 0 and below 100
        weir.semaphores.p.permits=-1             | permits             | size must not be negative
        """)
    void an_invalid_value_is_refused_with_the_name_of_its_property(String set, String property, String reason) {
        String[] properties = StringUtils.commaDelimitedListToStringArray(set);
        String prefix = set.substring(0, set.indexOf(".p.") + 3);
        for (int i = 1; i < properties.length; i++) {
            properties[i] = prefix + properties[i];
        }
        Contexts.plain(properties).run(context -> {
            assertThat(context).hasFailed();
            Throwable failure = root(context.getStartupFailure());
            assertThat(failure).isInstanceOf(InvalidConfigurationPropertyValueException.class);
            InvalidConfigurationPropertyValueException invalid = (InvalidConfigurationPropertyValueException) failure;
            assertThat(invalid.getName()).isEqualTo(prefix + property);
            assertThat(invalid.getReason()).startsWith(reason).endsWith(".");
        });
    }

    @Test
    void a_value_of_the_wrong_form_is_refused_with_the_name_of_its_property() {
        Contexts.plain("weir.pools.parser.max-workers=many").run(context -> {
            Throwable at = context.getStartupFailure();
            while (!(at instanceof BindException)) {
                at = at.getCause();
            }
            assertThat(((BindException) at).getName()).hasToString("weir.pools.parser.max-workers");
        });
    }

    @Test
    void more_workers_at_least_than_at_most_are_refused() {
        Contexts.plain("weir.pools.parser.max-workers=2", "weir.pools.parser.min-workers=3")
                .run(context -> assertThat(root(context.getStartupFailure()))
                        .hasMessageContaining("weir.pools.parser.min-workers")
                        .hasMessageContaining("but is 3 above 2"));
    }

    @Test
    void redis_is_refused_where_its_module_is_missing() {
        Contexts.plain("weir.rate-limiters.api.permits=1", "weir.rate-limiters.api.redis=true")
                .withClassLoader(new FilteredClassLoader("dev.weir.ratelimit.redis", "io.lettuce"))
                .run(context -> assertThat(root(context.getStartupFailure()))
                        .hasMessageContaining("weir.rate-limiters.api.redis")
                        .hasMessageContaining("weir-ratelimit-redis is not on the class path"));
    }

    @Test
    void redis_is_refused_where_its_address_is_missing() {
        Contexts.plain("weir.rate-limiters.api.permits=1", "weir.rate-limiters.api.redis=true")
                .run(context -> assertThat(root(context.getStartupFailure())).hasMessageContaining("weir.redis.uri"));
    }

    @Test
    void the_other_parts_do_without_redis() {
        Contexts.plain("weir.rate-limiters.api.permits=1")
                .withClassLoader(new FilteredClassLoader("dev.weir.ratelimit.redis", "io.lettuce"))
                .run(context -> assertThat(context).hasNotFailed().hasBean("apiRateLimiter"));
    }
}
