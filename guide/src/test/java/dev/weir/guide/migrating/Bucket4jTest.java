package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.CombinedLimiter;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.IntervalBucket;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class Bucket4jTest {
    @Test
    void a_bucket() throws Exception {
        // @start region="bucket-theirs"
        Bucket bucket = Bucket.builder()
                .addLimit(limit -> limit.capacity(10).refillGreedy(100, Duration.ofSeconds(1)))
                .build();
        boolean admitted = bucket.tryConsume(1);
        bucket.asBlocking().consume(1); // waits
        ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
        long retryNanos = probe.getNanosToWaitForRefill();
        // @end
        // @start region="bucket"
        RateLimiter limiter = RateLimiter.of(Rate.perSecond(100).withBurst(10));
        boolean admittedToo = limiter.tryAcquire();
        limiter.acquire(); // waits, in the order of arrival
        Decision decision = limiter.check();
        Duration retryAfter = decision.retryAfter();
        // @end
        assertTrue(admitted && admittedToo && probe.isConsumed() && decision.admitted());
        assertEquals(0, retryNanos);
        assertEquals(Duration.ZERO, retryAfter);
    }

    @Test
    void several_limits() throws Exception {
        // @start region="limits-theirs"
        Bucket bucket = Bucket.builder()
                .addLimit(limit -> limit.capacity(10).refillGreedy(10, Duration.ofSeconds(1)))
                .addLimit(limit -> limit.capacity(1_000).refillIntervally(1_000, Duration.ofDays(1)))
                .build();
        boolean admitted = bucket.tryConsume(1);
        // @end
        // @start region="limits"
        CombinedLimiter limits = RateLimiter.allOf(
                RateLimiter.of(Rate.perSecond(10)),
                IntervalBucket.builder(Rate.perDay(1_000)).build());
        boolean admittedToo = limits.tryAcquire(1, 1); // all or none
        // @end
        assertTrue(admitted && admittedToo);
    }
}
