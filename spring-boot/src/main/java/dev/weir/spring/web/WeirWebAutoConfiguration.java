package dev.weir.spring.web;

import dev.weir.spring.WeirAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Has controllers answer refused calls with 429 or 503. */
@AutoConfiguration(after = WeirAutoConfiguration.class)
final class WeirWebAutoConfiguration {
    WeirWebAutoConfiguration() {}

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnClass(name = "org.springframework.web.servlet.HandlerExceptionResolver")
    static class ServletConfiguration {
        @Bean
        static RefusalResolver weirRefusalResolver() {
            return new RefusalResolver();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    @ConditionalOnClass(name = "org.springframework.web.server.WebExceptionHandler")
    static class ReactiveConfiguration {
        @Bean
        static RefusalHandler weirRefusalHandler() {
            return new RefusalHandler();
        }
    }
}
