package dev.weir.spring;

import dev.weir.core.pool.WorkerPool;
import java.util.List;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application with nothing of what is optional; its arguments are names of classes that must be absent. */
public final class ReducedApplication {
    private ReducedApplication() {}

    public static class Service {
        @RateLimited("api")
        public String limited() {
            return "called";
        }

        @ConcurrencyLimited(value = "tenants", key = "#tenant")
        public String ofTenant(String tenant) {
            return "called for " + tenant;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    public static class Application {
        @Bean
        static Service service() {
            return new Service();
        }
    }

    public static void main(String[] absent) throws Exception {
        for (String name : absent) {
            try {
                Class.forName(name);
                throw new AssertionError(name + " is on the class path");
            } catch (ClassNotFoundException expected) {
                System.out.println("absent: " + name);
            }
        }
        SpringApplicationBuilder application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.main.banner-mode=off",
                        "weir.pools.work.max-workers=1",
                        "weir.rate-limiters.api.permits=1",
                        "weir.rate-limiters.api.period=1h",
                        "weir.retries.lookup.max-attempts=3",
                        "weir.hedges.reads.delay=1s",
                        "weir.semaphores.tenants.permits=1",
                        "weir.semaphores.tenants.keyed=true");
        try (ConfigurableApplicationContext context = application.run()) {
            Service service = context.getBean(Service.class);
            System.out.println("first: " + service.limited());
            try {
                service.limited();
            } catch (RateLimitExceededException refused) {
                System.out.println("second: " + refused.headers().get("Retry-After"));
            }
            System.out.println("keyed: " + service.ofTenant("north"));
            System.out.println("pool: "
                    + context.getBean("work", WorkerPool.class)
                            .submit(() -> "done")
                            .get());
            System.out.println("beans: "
                    + List.of(context.getBeanDefinitionNames()).stream()
                            .filter(name -> name.startsWith("weir"))
                            .toList());
        }
        System.out.println("closed");
    }
}
