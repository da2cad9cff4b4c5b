package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.pool.WorkerPool;
import dev.weir.micrometer.WeirMeters;
import dev.weir.ratelimit.Rate;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.Compiled;
import org.springframework.core.test.tools.TestCompiler;

class WeirAotTest {
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        WeirAutoConfiguration.class,
        WeirActuatorAutoConfiguration.class,
        WeirMetricsAutoConfiguration.class
    })
    public static class Application {
        @Bean
        public String injected(@Qualifier("work") WorkerPool pool) {
            return pool.name();
        }
    }

    private static final String[] PROPERTIES = {
        "weir.pools.work.max-workers=1",
        "weir.rate-limiters.api.permits=10",
        "weir.rate-limiters.users.permits=1",
        "weir.rate-limiters.users.keyed=true",
        "weir.retries.work.max-attempts=3",
        "weir.hedges.reads.delay=1s",
        "weir.semaphores.reports.permits=3"
    };

    @Test
    @CompileWithForkedClassLoader // since what is generated uses classes of this package
    void an_application_that_was_processed_ahead_of_time_has_all_parts() {
        AnnotationConfigApplicationContext prepared = new AnnotationConfigApplicationContext();
        TestPropertyValues.of(PROPERTIES).applyTo(prepared);
        prepared.register(Application.class);
        TestGenerationContext generation = new TestGenerationContext();
        var initializer = new ApplicationContextAotGenerator().processAheadOfTime(prepared, generation);
        generation.writeGeneratedContent();
        RuntimeHints hints = generation.getRuntimeHints();
        assertThat(RuntimeHintsPredicates.reflection().onType(WeirProperties.Pool.class))
                .accepts(hints);
        TestCompiler.forSystem().with(generation).compile(compiled -> {
            try (GenericApplicationContext context = started(compiled, initializer.reflectionName())) {
                assertThat(context.getBean("injected")).isEqualTo("work");
                WeirRegistry registry = context.getBean(WeirRegistry.class);
                assertThat(registry)
                        .hasToString("WeirRegistry[pools [work], rate-limiters [api, users], retries [work],"
                                + " hedges [reads], semaphores [reports]]");
                assertThat(registry.rateLimiter("users", "ann").rate()).isEqualTo(Rate.perSecond(1));
                assertThat(context.getBean(WeirMeters.class)).hasToString("WeirMeters[6 parts in 0 registries]");
            }
        });
    }

    @SuppressWarnings("unchecked")
    private static GenericApplicationContext started(Compiled compiled, String initializer) {
        GenericApplicationContext context = new GenericApplicationContext();
        TestPropertyValues.of(PROPERTIES).applyTo(context);
        compiled.getInstance(ApplicationContextInitializer.class, initializer).initialize(context);
        context.refresh();
        return context;
    }

    @Test
    void the_metrics_of_the_endpoint_are_kept() {
        RuntimeHints hints = new RuntimeHints();
        new WeirHints().registerHints(hints, getClass().getClassLoader());
        for (Class<?> type : WeirHints.RECORDS) {
            for (var component : type.getRecordComponents()) {
                assertThat(RuntimeHintsPredicates.reflection().onMethod(component.getAccessor()))
                        .accepts(hints);
            }
        }
    }
}
