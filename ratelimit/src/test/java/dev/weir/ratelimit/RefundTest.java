package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a plain refund promises, which does not know when its permits were taken. */
class RefundTest {
    private final ManualTimeSource time = new ManualTimeSource();

    private RateLimiter limiter(boolean keyed, Rate rate) {
        return keyed
                ? KeyedRateLimiter.<String>builder(rate)
                        .timeSource(time)
                        .build()
                        .limiter("key")
                : TokenBucket.builder(rate).timeSource(time).build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void in_every_window_admissions_are_at_most_the_burst_and_what_grows_and_is_refunded_in_it(boolean keyed) {
        long seed = System.nanoTime();
        System.out.println("in_every_window_admissions seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            long permits = 1 + random.nextInt(1_000);
            long nanos = 1 + random.nextInt(100_000);
            long burst = 1 + random.nextInt(20);
            RateLimiter limiter = limiter(keyed, new Rate(permits, Duration.ofNanos(nanos), burst));
            List<long[]> events = new ArrayList<>(); // {time, admitted, or less than 0 if refunded}
            for (int i = 0; i < 150; i++) {
                time.advance(Duration.ofNanos(random.nextLong(burst * nanos / permits + 2)));
                long n = 1 + random.nextLong(burst);
                if (limiter.tryAcquire(n)) {
                    events.add(new long[] {time.nanoTime(), n});
                }
                if (!events.isEmpty() && random.nextInt(3) == 0) {
                    long some = 1 + random.nextLong(burst); // early or late, taken before or not
                    limiter.refund(some);
                    events.add(new long[] {time.nanoTime(), -some});
                }
            }
            for (int from = 0; from < events.size(); from++) {
                long admitted = 0;
                long refunded = 0;
                for (int to = from; to < events.size(); to++) {
                    admitted += Math.max(0, events.get(to)[1]);
                    refunded += Math.max(0, -events.get(to)[1]);
                    long window = events.get(to)[0] - events.get(from)[0];
                    assertTrue(
                            (admitted - refunded - burst) * nanos <= permits * window,
                            admitted + " and " + refunded + " refunded in " + window + " ns, " + limiter + ", seed "
                                    + seed);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_late_refund_is_there_twice_and_a_settlement_is_not(boolean keyed) throws Exception {
        RateLimiter limiter = limiter(keyed, Rate.perSecond(10));
        assertTrue(limiter.tryAcquire(10));
        time.advance(Duration.ofSeconds(1)); // they have grown again
        assertTrue(limiter.tryAcquire(10));
        limiter.refund(10);
        assertTrue(limiter.tryAcquire(10)); // as said: 20 in no time, of which 10 were refunded in it
        assertFalse(limiter.tryAcquire());

        time.advance(Duration.ofSeconds(1));
        Settlement estimate = limiter.acquireEstimate(10);
        time.advance(Duration.ofSeconds(1));
        assertTrue(limiter.tryAcquire(10));
        estimate.settle(0);
        assertEquals(0, limiter.drain());
    }
}
