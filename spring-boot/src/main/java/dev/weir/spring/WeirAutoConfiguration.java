package dev.weir.spring;

import dev.weir.core.time.TimeSource;
import io.lettuce.core.api.StatefulRedisConnection;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;

/**
 * Makes the parts that are set below {@code weir} beans, and a {@link WeirRegistry} of them.
 *
 * <p>A part named {@code github-api} below {@code weir.retries} is the bean {@code githubApiRetry}, with
 * {@code github-api} as its qualifier, and as its alias too unless another part or bean has that name. A bean of the
 * type {@link TimeSource} is the clock of all of them.
 *
 * <p>It comes after Spring Boot's own executors, which stay as they are: a pool does not take their place.
 *
 * <p><b>Thread-safety.</b> For one thread at a time, which is the container's. Nothing blocks.
 */
@AutoConfiguration(afterName = "org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration")
@EnableConfigurationProperties(WeirProperties.class)
@Import(PartDefinitions.class)
@SuppressWarnings("exports") // what the annotations name is for Spring alone
public final class WeirAutoConfiguration {
    WeirAutoConfiguration() {}

    @Bean
    static WeirParts weirParts(WeirProperties properties, ObjectProvider<TimeSource> time, ListableBeanFactory beans) {
        return new WeirParts(properties, time.getIfUnique(TimeSource::system), beans);
    }

    @Bean
    static WeirRegistry weirRegistry(Environment environment, WeirParts parts, ConfigurableListableBeanFactory beans) {
        return new WeirRegistry(beans, new PartRefresh(environment, parts));
    }

    @Bean
    static CloudRefresh weirCloudRefresh(WeirRegistry registry) {
        return new CloudRefresh(registry);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.aop.Advisor")
    static class AnnotationConfiguration {
        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static LimitPostProcessor weirLimitPostProcessor(Environment environment) {
            return new LimitPostProcessor(
                    environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "dev.weir.ratelimit.redis.RedisRateLimiter")
    static class RedisConfiguration {
        @Bean
        static RedisParts weirRedisParts(
                WeirProperties properties,
                ObjectProvider<TimeSource> time,
                ObjectProvider<StatefulRedisConnection<String, String>> connections) {
            return new RedisParts(properties, time.getIfUnique(TimeSource::system), connections);
        }
    }
}
