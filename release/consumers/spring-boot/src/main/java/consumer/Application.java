package consumer;

import dev.weir.core.pool.WorkerPool;
import dev.weir.micrometer.WeirMeters;
import dev.weir.retry.Retry;
import dev.weir.spring.RateLimitExceededException;
import dev.weir.spring.RateLimited;
import java.io.IOException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.stereotype.Service;

/** Uses the parts that the properties make beans; a part that does not work ends it with an exception. */
@SpringBootApplication
public class Application {
    @Service
    public static class Greetings {
        private final WorkerPool work;
        private final Retry lookup;

        public Greetings(@Qualifier("work") WorkerPool work, @Qualifier("lookup") Retry lookup) {
            this.work = work;
            this.lookup = lookup;
        }

        @RateLimited("greetings")
        public String greet() throws Exception {
            return work.submit(() -> lookup.<String, IOException>callWithAttempt(attempt -> {
                        if (attempt.number() < 3) {
                            throw new IOException("not yet");
                        }
                        return "attempt " + attempt.number();
                    }))
                    .get();
        }
    }

    public static void main(String[] arguments) throws Exception {
        try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, arguments)) {
            Greetings greetings = context.getBean(Greetings.class);
            String first = greetings.greet();
            greetings.greet();
            String third;
            try {
                third = greetings.greet();
                throw new IllegalStateException("admitted: " + third);
            } catch (RateLimitExceededException refused) {
                third = "refused for " + refused.headers().get("Retry-After") + " s";
            }
            System.out.println("Spring Boot " + SpringBootVersion.getVersion() + ": " + first + ", third call " + third
                    + ", " + context.getBean(WeirMeters.class));
        }
    }
}
