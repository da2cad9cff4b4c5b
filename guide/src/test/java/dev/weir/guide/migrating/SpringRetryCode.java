package dev.weir.guide.migrating;

import java.io.IOException;
import java.time.Duration;
import org.springframework.core.retry.RetryException;
import org.springframework.core.retry.RetryPolicy;

/** The code of Spring Retry, and of what Spring 7 has in its place, in docs/migrating/spring-retry.md. */
final class SpringRetryCode {
    private SpringRetryCode() {}

    static String retried(Calls.Api api) throws IOException {
        // @start region="retry"
        var template = org.springframework.retry.support.RetryTemplate.builder()
                .maxAttempts(4)
                .exponentialBackoff(Duration.ofMillis(10), 2, Duration.ofSeconds(5), true)
                .retryOn(IOException.class)
                .build();
        String answer = template.<String, IOException>execute(context -> api.get());
        // @end
        return answer;
    }

    static String recovered(Calls.Api api) {
        var template = org.springframework.retry.support.RetryTemplate.builder()
                .maxAttempts(2)
                .noBackoff()
                .retryOn(IOException.class)
                .build();
        // @start region="recover"
        String answer = template.<String, RuntimeException>execute(
                context -> {
                    try {
                        return api.get();
                    } catch (IOException failure) {
                        throw new java.io.UncheckedIOException(failure);
                    }
                },
                context -> "an older answer");
        // @end
        return answer;
    }

    static String retriedBySpring7(Calls.Api api) throws RetryException {
        // @start region="spring7"
        var policy = RetryPolicy.builder()
                .maxRetries(3)
                .delay(Duration.ofMillis(10))
                .multiplier(2)
                .maxDelay(Duration.ofSeconds(5))
                .includes(IOException.class)
                .build();
        var template = new org.springframework.core.retry.RetryTemplate(policy);
        String answer = template.execute(() -> api.get()); // or a RetryException
        // @end
        return answer;
    }
}
