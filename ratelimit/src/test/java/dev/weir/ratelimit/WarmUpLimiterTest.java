package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WarmUpLimiterTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    private WarmUpLimiter limiter(Rate rate, Duration warmUp) {
        return WarmUpLimiter.builder(rate, warmUp).timeSource(time).build();
    }

    /** How many are admitted in the next second, by one who asks all the time. */
    private long inASecond(WarmUpLimiter limiter) {
        long sum = 0;
        for (int i = 0; i < 1_000; i++) {
            time.advance(Duration.ofMillis(1));
            sum += limiter.drain();
        }
        return sum;
    }

    @Test
    void it_is_slow_when_cold_and_rises_evenly_to_the_rate() {
        WarmUpLimiter limiter = limiter(Rate.perSecond(900), Duration.ofSeconds(4));
        // From 300 a second to 900 in 4 s: 300 + 150 t.
        assertEquals(375, inASecond(limiter), 1);
        assertEquals(525, inASecond(limiter), 1);
        assertEquals(675, inASecond(limiter), 1);
        assertEquals(825, inASecond(limiter), 1);
        assertEquals(900, inASecond(limiter), 1);
        assertEquals(900, inASecond(limiter), 1);
    }

    @Test
    void it_cools_down_while_it_is_full() {
        WarmUpLimiter limiter = limiter(Rate.perSecond(900).withBurst(10), Duration.ofSeconds(4));
        for (int i = 0; i < 6; i++) {
            inASecond(limiter);
        }
        time.advance(Duration.ofSeconds(2));
        assertEquals(675 + 10, inASecond(limiter), 3, "half cold, and a burst");
        time.advance(Duration.ofDays(1));
        assertEquals(375 + 10, inASecond(limiter), 3, "cold, and a burst");
    }

    @Test
    void a_wait_ends_when_the_permit_has_grown() throws Exception {
        WarmUpLimiter limiter = WarmUpLimiter.builder(Rate.perSecond(2), Duration.ofSeconds(10))
                .coldFactor(1)
                .timeSource(time)
                .build();
        Decision decision = limiter.check();
        assertEquals(500_000_001, decision.retryAfter().toNanos(), 1);
        FutureTask<Void> waiting = new FutureTask<>(() -> {
            limiter.acquire();
            return null;
        });
        Thread.ofVirtual().start(waiting);
        time.awaitWaiters(1);
        time.advance(Duration.ofNanos(499_999_000));
        assertFalse(waiting.isDone());
        time.advance(Duration.ofNanos(2_000));
        waiting.get();
        limiter.refund(5);
        assertEquals(2, limiter.drain());
        assertEquals(Rate.perSecond(2), limiter.rate());
    }

    @Test
    void a_large_request_waits_for_its_own_permits() {
        WarmUpLimiter limiter = limiter(Rate.perSecond(5), SECOND);
        assertFalse(limiter.tryAcquire(5));
        assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire(6));
        assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire(-1));
    }

    @Test
    void replacing_the_rate_keeps_permits_and_warmth() {
        WarmUpLimiter limiter = limiter(Rate.perSecond(900), Duration.ofSeconds(1));
        inASecond(limiter);
        inASecond(limiter);
        time.advance(Duration.ofMillis(100));
        limiter.replaceRate(Rate.perSecond(90));
        assertEquals(89, limiter.drain(), 1);
        assertEquals(90, inASecond(limiter), 1);
    }

    @Test
    void never_more_than_the_plain_bucket_in_any_window() {
        long seed = System.nanoTime();
        System.out.println("WarmUpLimiterTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            long period = 1 + random.nextLong(1L << random.nextInt(1, 40));
            Rate rate =
                    Rate.of(1 + random.nextInt(20), Duration.ofNanos(period)).withBurst(1 + random.nextInt(50));
            WarmUpLimiter limiter = WarmUpLimiter.builder(rate, Duration.ofNanos(1 + random.nextLong(10 * period)))
                    .coldFactor(1 + random.nextInt(5))
                    .timeSource(time)
                    .build();
            long[] at = new long[200];
            long[] sum = new long[201];
            for (int i = 0; i < at.length; i++) {
                time.advance(Duration.ofNanos(random.nextLong(2 * period)));
                at[i] = time.nanoTime();
                sum[i + 1] = sum[i] + limiter.tryAcquireUpTo(1 + random.nextInt(30));
            }
            for (int from = 0; from < at.length; from++) {
                for (int to = from; to < at.length; to++) {
                    double bound = rate.burst() + (double) rate.permits() * (at[to] - at[from]) / period;
                    assertTrue(sum[to + 1] - sum[from] <= bound, "seed " + seed + ", round " + round);
                }
            }
        }
    }

    @Test
    void bad_settings_are_refused() {
        Rate rate = Rate.perSecond(1);
        assertThrows(IllegalArgumentException.class, () -> WarmUpLimiter.builder(rate, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> WarmUpLimiter.builder(rate, Duration.ofDays(200)));
        assertThrows(IllegalArgumentException.class, () -> WarmUpLimiter.builder(rate.withBurst(1L << 54), SECOND));
        assertThrows(NullPointerException.class, () -> WarmUpLimiter.builder(null, SECOND));
        var builder = WarmUpLimiter.builder(rate, SECOND);
        assertThrows(IllegalArgumentException.class, () -> builder.coldFactor(0.9));
        assertThrows(IllegalArgumentException.class, () -> builder.coldFactor(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> builder.coldFactor(Double.POSITIVE_INFINITY));
        WarmUpLimiter limiter = builder.build();
        assertThrows(IllegalArgumentException.class, () -> limiter.replaceRate(rate.withBurst(1L << 54)));
        assertThrows(NullPointerException.class, () -> limiter.replaceRate(null));
    }

    private WarmUpLimiter full(Rate rate) {
        WarmUpLimiter limiter = WarmUpLimiter.builder(rate, Duration.ofNanos(1))
                .coldFactor(1)
                .timeSource(time)
                .build();
        time.advance(Duration.ofDays(365));
        assertEquals(rate.burst(), limiter.peek(1).remaining());
        return limiter;
    }

    @Test
    void looking_often_neither_mints_permits_nor_keeps_them_from_growing() {
        for (int permits : new int[] {3, 4, 6, 7}) {
            long burst = 1L << 53;
            WarmUpLimiter limiter = full(new Rate(permits, Duration.ofNanos(10), burst));
            assertTrue(limiter.tryAcquire(1_000_000));
            for (int i = 0; i < 100_000; i++) {
                time.advance(Duration.ofNanos(1));
                limiter.peek(1);
            }
            long grown = 1_000_000 + limiter.drain() - burst;
            assertTrue(grown <= permits * 10_000, grown + " have grown");
            assertTrue(grown >= permits * 10_000 - 1, grown + " have grown");
        }
    }

    @Test
    void permits_that_grow_slowly_come_however_often_somebody_looks() {
        WarmUpLimiter limiter = full(new Rate(1, Duration.ofDays(300), 1));
        assertTrue(limiter.tryAcquire());
        time.advance(Duration.ofDays(299));
        for (int i = 0; i < 1_000_000; i++) {
            time.advance(Duration.ofNanos(1));
            limiter.peek(1);
        }
        time.advance(Duration.ofDays(1).minusMillis(2));
        assertFalse(limiter.tryAcquire());
        time.advance(Duration.ofNanos(27_500_000)); // what keeps rounding on the safe side is a billionth, 26 ms
        assertTrue(limiter.tryAcquire());
    }
}
