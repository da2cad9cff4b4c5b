package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.pool.WorkerPool;
import dev.weir.micrometer.SnapshotCarrier;
import io.micrometer.context.ContextRegistry;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class ContextPropagationTest {
    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();
    private final List<ContextCarrier> before = ContextCarrier.defaults();

    @BeforeEach
    void register() {
        ContextRegistry.getInstance().registerThreadLocalAccessor("tenant", TENANT);
        TENANT.set("north");
    }

    @AfterEach
    void putBack() {
        TENANT.remove();
        ContextRegistry.getInstance().removeThreadLocalAccessor("tenant");
        ContextCarrier.setDefaults(before.toArray(ContextCarrier[]::new));
    }

    private static ApplicationContextRunner runner(String... properties) {
        return Contexts.plain("weir.pools.work.max-workers=1")
                .withConfiguration(AutoConfigurations.of(WeirMetricsAutoConfiguration.class))
                .withPropertyValues(properties);
    }

    private static String tenantInside(WorkerPool pool) throws Exception {
        Callable<String> task = TENANT::get;
        return pool.submit(task).get(1, TimeUnit.MINUTES);
    }

    @Test
    void what_is_registered_goes_along_if_that_is_asked_for() {
        runner("weir.context.propagation=true", "spring.main.lazy-initialization=true")
                .run(context -> {
                    assertThat(tenantInside(context.getBean(WorkerPool.class))).isEqualTo("north");
                    assertThat(ContextCarrier.defaults()).startsWith(before.toArray(ContextCarrier[]::new));
                });
        assertThat(ContextCarrier.defaults())
                .as("it stays for the process")
                .hasSize(before.size() + 1)
                .last()
                .isInstanceOf(SnapshotCarrier.class);
        runner("weir.context.propagation=true")
                .run(second -> assertThat(ContextCarrier.defaults()).hasSize(before.size() + 1));
    }

    @Test
    void nothing_of_the_process_changes_unless_it_is_asked_for() {
        runner().run(context -> {
            assertThat(tenantInside(context.getBean(WorkerPool.class))).isNull();
            assertThat(ContextCarrier.defaults()).isSameAs(before);
        });
        runner("weir.context.propagation=false")
                .run(context -> assertThat(ContextCarrier.defaults()).isSameAs(before));
    }

    @Test
    void without_weir_micrometer_the_start_fails_with_the_name_of_the_property() {
        runner("weir.context.propagation=true")
                .withClassLoader(new FilteredClassLoader("dev.weir.micrometer"))
                .run(context -> assertThat(context.getStartupFailure())
                        .hasMessageContaining("weir.context.propagation")
                        .hasStackTraceContaining("weir-micrometer is not on the class path"));
    }
}
