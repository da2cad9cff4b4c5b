package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdaptiveRateTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();

    private RateLimiter limiter(Rate rate) {
        return TokenBucket.builder(rate).timeSource(time).build();
    }

    private AdaptiveRate adaptive(RateLimiter limiter, long most) {
        return AdaptiveRate.builder(limiter, 1, most).step(2).timeSource(time).build();
    }

    /** Calls a service for a minute: how many answers and how many refusals. */
    private long[] minute(RateLimiter limiter, AdaptiveRate adaptive, RateLimiter service) throws InterruptedException {
        long[] counts = new long[2];
        for (long end = time.nanoTime() + Duration.ofMinutes(1).toNanos(); time.nanoTime() < end; ) {
            limiter.acquire();
            if (service.tryAcquire()) {
                adaptive.succeeded();
                counts[0]++;
            } else {
                adaptive.refused();
                counts[1]++;
            }
        }
        return counts;
    }

    @Test
    void it_finds_what_the_service_bears_and_follows_when_that_changes() throws Exception {
        RateLimiter service = limiter(Rate.perSecond(50).withBurst(10));
        RateLimiter limiter = limiter(Rate.perSecond(5).withBurst(1));
        AdaptiveRate adaptive = adaptive(limiter, 1_000);
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

    private void use(AdaptiveRate adaptive) throws InterruptedException {
        for (long i = adaptive.rate().permits(); i > 1; i--) {
            adaptive.succeeded();
        }
        time.sleep(SECOND);
        adaptive.succeeded();
    }

    @Test
    void it_stays_within_its_bounds_and_keeps_period_and_burst() throws Exception {
        RateLimiter limiter = limiter(Rate.perSecond(3));
        AdaptiveRate adaptive = adaptive(limiter, 6);
        use(adaptive);
        assertEquals(new Rate(5, SECOND, 3), adaptive.rate());
        for (int i = 0; i < 5; i++) {
            use(adaptive);
        }
        assertEquals(6, limiter.rate().permits());
        for (int i = 0; i < 5; i++) {
            time.sleep(SECOND);
            adaptive.refused();
        }
        assertEquals(new Rate(1, SECOND, 3), limiter.rate());
    }

    @Test
    void it_does_not_creep_up_while_the_rate_is_not_used() throws Exception {
        RateLimiter limiter = limiter(Rate.perSecond(100));
        AdaptiveRate adaptive = adaptive(limiter, 1_000);
        for (int i = 0; i < 100; i++) {
            time.sleep(Duration.ofMillis(30)); // a third of what it allows
            adaptive.succeeded();
        }
        time.sleep(Duration.ofHours(1));
        adaptive.succeeded();
        assertEquals(100, limiter.rate().permits());
        for (int i = 0; i < 200; i++) {
            time.sleep(Duration.ofMillis(10));
            adaptive.succeeded();
        }
        assertTrue(limiter.rate().permits() > 100);
    }

    @Test
    void refusals_in_an_interval_count_once_and_pause_the_limiter_for_as_long_as_asked() throws Exception {
        RateLimiter limiter = limiter(Rate.perSecond(64));
        AdaptiveRate adaptive = adaptive(limiter, 64);
        adaptive.refused(Duration.ofSeconds(10));
        adaptive.refused(Duration.ofSeconds(5));
        assertEquals(32, limiter.rate().permits());
        assertFalse(limiter.tryAcquire(1, Duration.ofSeconds(9)));
        assertEquals(Duration.ofSeconds(10), limiter.peek().retryAfter());
        time.sleep(Duration.ofSeconds(10));
        adaptive.succeeded();
        assertEquals(32, limiter.rate().permits());
        use(adaptive);
        assertEquals(34, limiter.rate().permits());
        adaptive.refused(Duration.ofSeconds(Long.MAX_VALUE));
        assertFalse(limiter.tryAcquire());
    }

    @Test
    void numbers_out_of_range_are_refused_when_built() {
        RateLimiter limiter = limiter(Rate.perSecond(3));
        assertThrows(NullPointerException.class, () -> AdaptiveRate.builder(null, 1, 2));
        assertThrows(
                IllegalArgumentException.class,
                () -> AdaptiveRate.builder(limiter, 0, 2).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> AdaptiveRate.builder(limiter, 3, 2).build());
        AdaptiveRate.Builder builder = AdaptiveRate.builder(limiter, 1, 2);
        assertThrows(IllegalArgumentException.class, () -> builder.interval(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> builder.step(0).build());
        for (double factor : new double[] {0, 1, -1, Double.NaN}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> builder.step(1).factor(factor).build());
        }
        AdaptiveRate built = builder.factor(0.5).build();
        assertThrows(IllegalArgumentException.class, () -> built.refused(Duration.ofNanos(-1)));
        assertEquals("AdaptiveRate[" + limiter.rate() + ", from 1 to 2]", built.toString());
        assertEquals("AdaptiveRate.Builder[from 1 to 2, step 1, factor 0.5]", builder.toString());
    }

    @Test
    void the_arithmetic_is_right_at_its_edges() {
        Aimd aimd = new Aimd(1, Long.MAX_VALUE, Long.MAX_VALUE, 0.5);
        assertEquals(Long.MAX_VALUE, aimd.raised(1));
        assertEquals(Long.MAX_VALUE, aimd.raised(Long.MAX_VALUE));
        assertEquals(1, aimd.lowered(1));
        assertEquals(1, aimd.lowered(3));
        Aimd small = new Aimd(5, 10, 3, 0.9);
        assertEquals(8, small.raised(5));
        assertEquals(10, small.raised(8));
        assertEquals(5, small.raised(1));
        assertEquals(9, small.lowered(10));
        assertEquals(10, small.lowered(1_000));
        assertEquals(5, small.lowered(5));
        assertTrue(Aimd.isUsed(5, 10));
        assertFalse(Aimd.isUsed(4, 10));
    }

    @Test
    void a_highest_rate_that_the_limiter_cannot_have_is_refused_when_it_is_built() {
        TokenBucket spaced = TokenBucket.builder(Rate.perSecond(900).withBurst(1))
                .timeSource(TimeSource.coarse())
                .build();
        AdaptiveRate.builder(spaced, 1, 1_000).build();
        assertThrows(
                IllegalArgumentException.class,
                () -> AdaptiveRate.builder(spaced, 1, 5_000).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> AdaptiveRate.builder(spaced, 1, Long.MAX_VALUE).build());
    }
}
