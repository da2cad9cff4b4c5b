package dev.weir.guide.migrating;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;

/** The code of Resilience4j in docs/migrating/resilience4j.md. */
final class Resilience4jCode {
    private Resilience4jCode() {}

    static String limited(Callable<String> call) throws Exception {
        // @start region="limit"
        RateLimiter limiter = RateLimiter.of(
                "api",
                RateLimiterConfig.custom()
                        .limitForPeriod(10)
                        .limitRefreshPeriod(Duration.ofMillis(100))
                        .timeoutDuration(Duration.ofSeconds(5))
                        .build());
        String answer = limiter.executeCallable(call); // or a RequestNotPermitted
        // @end
        return answer;
    }

    static String retried(Callable<String> call) throws Exception {
        // @start region="retry"
        Retry retry = Retry.of(
                "api",
                RetryConfig.custom()
                        .maxAttempts(4)
                        .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(10), 2))
                        .retryExceptions(IOException.class)
                        .build());
        String answer = retry.executeCallable(call);
        // @end
        return answer;
    }

    static String bulkhead(Callable<String> call) throws Exception {
        // @start region="bulkhead"
        Bulkhead bulkhead = Bulkhead.of(
                "api",
                BulkheadConfig.custom()
                        .maxConcurrentCalls(8)
                        .maxWaitDuration(Duration.ofSeconds(1))
                        .build());
        String answer = bulkhead.executeCallable(call); // or a BulkheadFullException
        // @end
        return answer;
    }
}
