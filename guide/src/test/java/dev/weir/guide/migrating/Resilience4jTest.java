package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class Resilience4jTest {
    private static String limited(ThrowingSupplier<String, IOException> call) throws IOException, InterruptedException {
        // @start region="limit"
        RateLimiter limiter = RateLimiter.of(Rate.perSecond(100).withBurst(10));
        if (!limiter.tryAcquire(Duration.ofSeconds(5))) { // or acquire(), without a limit
            return "not permitted";
        }
        String answer = call.get();
        // @end
        return answer;
    }

    private static String retried(ThrowingSupplier<String, IOException> call) throws IOException, InterruptedException {
        // @start region="retry"
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(4)
                .backoff(Backoff.exponential(Duration.ofMillis(10), 2).withProportionalJitter(0.5))
                .retryOn(IOException.class)
                .build());
        String answer = retry.call(call); // throws IOException, as the call does
        // @end
        return answer;
    }

    private static String bulkhead(ThrowingSupplier<String, IOException> call)
            throws IOException, InterruptedException {
        // @start region="bulkhead"
        ResizableSemaphore bulkhead = ResizableSemaphore.fair(8);
        if (!bulkhead.tryAcquire(Duration.ofSeconds(1))) { // or decorateSupplier(call), which waits
            return "full";
        }
        try {
            return call.get();
        } finally {
            bulkhead.release();
        }
        // @end
    }

    @Test
    void both_sides_do_the_same() throws Exception {
        assertEquals("answer", Resilience4jCode.limited(Calls.failing(0)));
        assertEquals("answer", limited(Calls.failing(0)));
        assertEquals("answer", Resilience4jCode.retried(Calls.failing(3)));
        assertEquals("answer", retried(Calls.failing(3)));
        assertEquals("answer", Resilience4jCode.bulkhead(Calls.failing(0)));
        assertEquals("answer", bulkhead(Calls.failing(0)));
    }
}
