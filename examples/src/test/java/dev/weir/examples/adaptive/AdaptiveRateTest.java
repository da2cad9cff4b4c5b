package dev.weir.examples.adaptive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdaptiveRateTest {
    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();

    private RateLimiter limiter(Rate rate) {
        return TokenBucket.builder(rate).timeSource(time).build();
    }

    /** Calls a service for a minute: how many answers and how many refusals. */
    private long[] minute(RateLimiter limiter, AdaptiveRate adaptive, RateLimiter service) throws InterruptedException {
        long[] counts = new long[2];
        for (long end = time.nanoTime() + Duration.ofMinutes(1).toNanos(); time.nanoTime() < end; ) {
            limiter.acquire();
            Decision answer = service.check();
            if (answer.admitted()) {
                adaptive.succeeded();
                counts[0]++;
            } else {
                adaptive.refused(answer.retryAfter());
                counts[1]++;
            }
        }
        return counts;
    }

    @Test
    void it_finds_what_the_service_bears_and_follows_when_that_changes() throws Exception {
        RateLimiter service = limiter(Rate.perSecond(50).withBurst(10));
        RateLimiter limiter = limiter(Rate.perSecond(5).withBurst(1));
        AdaptiveRate adaptive = new AdaptiveRate(limiter, 1_000, 2, time);
        minute(limiter, adaptive, service);
        for (long bearable : new long[] {50, 200, 20}) {
            service.replaceRate(Rate.perSecond(bearable).withBurst(10));
            minute(limiter, adaptive, service); // to find it
            minute(limiter, adaptive, service);
            long[] counts = minute(limiter, adaptive, service);
            long possible = bearable * 60;
            assertTrue(counts[0] >= possible * 65 / 100, counts[0] + " of " + possible);
            assertTrue(counts[1] <= possible * 5 / 100, counts[1] + " refused beside " + counts[0]);
        }
    }

    @Test
    void it_stays_within_its_bounds() throws Exception {
        RateLimiter limiter = limiter(Rate.perSecond(3));
        AdaptiveRate adaptive = new AdaptiveRate(limiter, 6, 2, time);
        for (int i = 0; i < 5; i++) {
            time.sleep(Duration.ofSeconds(1));
            adaptive.succeeded();
            adaptive.succeeded(); // a second time in the same second does nothing
        }
        assertEquals(6, limiter.rate().permits());
        for (int i = 0; i < 5; i++) {
            time.sleep(Duration.ofSeconds(1));
            adaptive.refused(Duration.ofSeconds(10));
        }
        assertEquals(1, limiter.rate().permits());
        time.sleep(Duration.ofSeconds(10));
        adaptive.succeeded();
        assertEquals(1, limiter.rate().permits(), "the service wants to be left alone, and then a second");
        time.sleep(Duration.ofSeconds(1));
        adaptive.succeeded();
        assertEquals(3, limiter.rate().permits());
    }
}
