package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.failsafe.FailsafeException;
import dev.weir.core.scope.Timeouts;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FailsafeTest {
    private static String retried(Calls.Api api) throws IOException, InterruptedException {
        // @start region="retry"
        Retry retry = Retry.of(RetryPolicy.builder()
                .retryOn(IOException.class)
                .retryOnResult(result -> "busy".equals(result))
                .maxAttempts(4)
                .maxDuration(Duration.ofSeconds(30))
                .backoff(Backoff.exponential(Duration.ofMillis(10), 2)
                        .withCap(Duration.ofSeconds(5))
                        .withProportionalJitter(0.5))
                .build());
        String answer = retry.call(() -> api.get()); // throws IOException
        // @end
        return answer;
    }

    private static String limited(Calls.Api api) throws IOException, InterruptedException {
        // @start region="limit"
        RateLimiter limiter = RateLimiter.of(Rate.perSecond(100).withBurst(1));
        limiter.acquire();
        String answer = api.get();
        // @end
        return answer;
    }

    private static String timed(Calls.Api api) throws IOException, InterruptedException, TimeoutException {
        // @start region="timeout"
        String answer = Timeouts.call(Duration.ofSeconds(10), () -> api.get());
        // @end
        return answer;
    }

    @Test
    void both_sides_do_the_same() throws Exception {
        assertEquals("answer", FailsafeCode.retried(Calls.failing(3)));
        assertEquals("answer", retried(Calls.failing(3)));
        assertEquals("answer", FailsafeCode.limited(Calls.failing(0)));
        assertEquals("answer", limited(Calls.failing(0)));
        assertEquals("answer", FailsafeCode.timed(Calls.failing(0)));
        assertEquals("answer", timed(Calls.failing(0)));
    }

    @Test
    void the_last_failure_comes_as_it_is_or_wrapped() {
        assertInstanceOf(
                IOException.class,
                assertThrows(FailsafeException.class, () -> FailsafeCode.retried(Calls.failing(9)))
                        .getCause());
        assertEquals(
                "failure 4",
                assertThrows(IOException.class, () -> retried(Calls.failing(9))).getMessage());
    }
}
