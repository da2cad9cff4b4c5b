package dev.weir.spring;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The health of the parts, and the endpoint that lists them. What moved in Spring Boot 4 is known by its name. */
@AutoConfiguration(after = WeirAutoConfiguration.class)
final class WeirActuatorAutoConfiguration {
    WeirActuatorAutoConfiguration() {}

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(
            name = "org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint")
    static class EndpointConfiguration {
        @Bean
        @ConditionalOnAvailableEndpoint
        static PartsEndpoint weirEndpoint(WeirRegistry registry) {
            return new PartsEndpoint(registry);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(
            name = "org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator")
    static class Boot3Configuration {
        @Bean
        @org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator("weir")
        static Boot3Health weirHealthIndicator(WeirRegistry registry) {
            return new Boot3Health(registry);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(
            name = "org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator")
    static class Boot4Configuration {
        @Bean
        @org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator("weir")
        static Boot4Health weirHealthIndicator(WeirRegistry registry) {
            return new Boot4Health(registry);
        }
    }
}
