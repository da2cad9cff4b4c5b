package dev.weir.spring;

import dev.weir.micrometer.WeirMeters;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;

/** Meters of all parts that are beans, which Spring Boot binds to its registries, and their contexts. */
@AutoConfiguration(after = WeirAutoConfiguration.class)
@ConditionalOnClass(name = "dev.weir.micrometer.WeirMeters")
final class WeirMetricsAutoConfiguration {
    WeirMetricsAutoConfiguration() {}

    /** Not if there is one of the application, which has the parts that it adds itself. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "io.micrometer.core.instrument.MeterRegistry")
    @ConditionalOnMissingBean(type = "dev.weir.micrometer.WeirMeters")
    static class MetersConfiguration {
        @Bean
        static WeirMeters weirMeters() {
            return new WeirMeters();
        }

        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static PartMeters weirPartMeters(ObjectProvider<WeirMeters> weirMeters) {
            return new PartMeters(weirMeters);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "io.micrometer.context.ContextSnapshot")
    @ConditionalOnProperty("weir.context.propagation")
    static class ContextConfiguration {
        @Bean
        @Lazy(false)
        static ContextDefaults weirContextDefaults() {
            return new ContextDefaults();
        }
    }
}
