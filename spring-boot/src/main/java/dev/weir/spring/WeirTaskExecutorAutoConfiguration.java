package dev.weir.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.support.TaskExecutorAdapter;

/** Makes a pool the executor of Spring's own asynchronous work, before Spring Boot makes one. */
@AutoConfiguration(beforeName = "org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration")
@ConditionalOnProperty("weir.task-executor")
final class WeirTaskExecutorAutoConfiguration {
    WeirTaskExecutorAutoConfiguration() {}

    @Bean({"applicationTaskExecutor", "taskExecutor"})
    static AsyncTaskExecutor applicationTaskExecutor(WeirProperties properties, WeirRegistry registry) {
        String name = String.valueOf(properties.taskExecutor());
        try {
            return new TaskExecutorAdapter(registry.pool(name));
        } catch (IllegalArgumentException unknown) {
            throw new InvalidConfigurationPropertyValueException(
                    "weir.task-executor", name, unknown.getMessage() + ".");
        }
    }
}
