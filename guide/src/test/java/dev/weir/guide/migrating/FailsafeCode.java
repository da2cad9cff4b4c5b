package dev.weir.guide.migrating;

import dev.failsafe.Failsafe;
import dev.failsafe.RateLimiter;
import dev.failsafe.RetryPolicy;
import dev.failsafe.Timeout;
import java.io.IOException;
import java.time.Duration;

/** The code of Failsafe in docs/migrating/failsafe.md. */
final class FailsafeCode {
    private FailsafeCode() {}

    static String retried(Calls.Api api) {
        // @start region="retry"
        RetryPolicy<String> retry = RetryPolicy.<String>builder()
                .handle(IOException.class)
                .handleResult("busy")
                .withMaxAttempts(4)
                .withMaxDuration(Duration.ofSeconds(30))
                .withBackoff(Duration.ofMillis(10), Duration.ofSeconds(5))
                .withJitter(0.5)
                .build();
        String answer = Failsafe.with(retry).get(() -> api.get()); // a checked one comes as a FailsafeException
        // @end
        return answer;
    }

    static String limited(Calls.Api api) throws IOException, InterruptedException {
        // @start region="limit"
        RateLimiter<Object> limiter =
                RateLimiter.smoothBuilder(100, Duration.ofSeconds(1)).build();
        limiter.acquirePermit();
        String answer = api.get();
        // @end
        return answer;
    }

    static String timed(Calls.Api api) {
        // @start region="timeout"
        Timeout<String> timeout =
                Timeout.<String>builder(Duration.ofSeconds(10)).withInterrupt().build();
        String answer = Failsafe.with(timeout).get(() -> api.get()); // or a TimeoutExceededException
        // @end
        return answer;
    }
}
