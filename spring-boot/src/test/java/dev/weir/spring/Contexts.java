package dev.weir.spring;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Applications that have the auto-configurations of this module and nothing else. */
final class Contexts {
    private Contexts() {}

    static ApplicationContextRunner plain(String... properties) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(WeirAutoConfiguration.class))
                .withPropertyValues(properties);
    }
}
