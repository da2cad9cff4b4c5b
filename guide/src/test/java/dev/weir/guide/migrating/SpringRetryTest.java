package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpringRetryTest {
    private static String retried(Calls.Api api) throws IOException, InterruptedException {
        // @start region="retry"
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(4)
                .backoff(Backoff.exponential(Duration.ofMillis(10), 2)
                        .withCap(Duration.ofSeconds(5))
                        .withFullJitter())
                .retryOn(IOException.class)
                .build());
        String answer = retry.call(() -> api.get());
        // @end
        return answer;
    }

    private static String recovered(Retry retry, Calls.Api api) throws InterruptedException {
        // @start region="recover"
        String answer;
        try {
            answer = retry.call(() -> api.get());
        } catch (IOException lastFailure) {
            answer = "an older answer";
        }
        // @end
        return answer;
    }

    @Test
    void both_sides_do_the_same() throws Exception {
        assertEquals("answer", SpringRetryCode.retried(Calls.failing(3)));
        assertEquals("answer", SpringRetryCode.retriedBySpring7(Calls.failing(3)));
        assertEquals("answer", retried(Calls.failing(3)));
        assertEquals("an older answer", SpringRetryCode.recovered(Calls.failing(9)));
        Retry twice = Retry.of(
                RetryPolicy.builder().maxAttempts(2).backoff(Backoff.none()).build());
        assertEquals("an older answer", recovered(twice, Calls.failing(9)));
    }
}
