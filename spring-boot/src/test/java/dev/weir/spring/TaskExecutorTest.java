package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.pool.WorkerPool;
import dev.weir.testkit.Call;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;

class TaskExecutorTest {
    static class Service {
        @Async("work")
        public CompletableFuture<String> named() {
            return CompletableFuture.completedFuture(Thread.currentThread().getName());
        }

        @Async
        public CompletableFuture<String> unnamed() {
            return CompletableFuture.completedFuture(Thread.currentThread().getName());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Asynchronous {}

    private static ApplicationContextRunner runner(String... properties) {
        return Contexts.plain(properties)
                .withConfiguration(AutoConfigurations.of(
                        WeirTaskExecutorAutoConfiguration.class, TaskExecutionAutoConfiguration.class))
                .withUserConfiguration(Asynchronous.class)
                .withBean(Service.class)
                .withPropertyValues("weir.pools.work.max-workers=1", "weir.pools.other.max-workers=1");
    }

    @Test
    void a_pool_is_the_executor_of_asynchronous_methods_that_name_it() {
        runner().run(context -> {
            Service service = context.getBean(Service.class);
            assertThat(service.named().get()).startsWith("work-");
            assertThat(service.unnamed().get()).startsWith("task-"); // that of Spring Boot
            WorkerPool work = context.getBean("workPool", WorkerPool.class);
            Call.until(() -> work.metrics().completed() == 1); // counted after its future is complete
        });
    }

    @Test
    void a_pool_takes_the_place_of_the_executor_of_spring_boot_if_a_property_says_so() {
        runner("weir.task-executor=other").run(context -> {
            assertThat(context).hasSingleBean(AsyncTaskExecutor.class);
            assertThat(context.getBean(Service.class).unnamed().get()).startsWith("other-");
            assertThat(context.getBean(Service.class).named().get()).startsWith("work-");
        });
    }

    @Test
    void an_unknown_pool_is_refused_with_the_name_of_the_property() {
        runner("weir.task-executor=nothing")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasMessageContaining("weir.task-executor")
                        .hasMessageContaining("there is no pool named nothing, but there are [other, work]"));
    }
}
