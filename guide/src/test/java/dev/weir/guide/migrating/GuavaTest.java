package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.sync.KeyedLock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.WarmUpLimiter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GuavaTest {
    private static boolean limit() throws InterruptedException {
        // @start region="limit"
        RateLimiter limiter = RateLimiter.of(Rate.perSecond(100)); // and a burst of 100
        RateLimiter cold = WarmUpLimiter.builder(Rate.perSecond(100), Duration.ofSeconds(3))
                .build();
        limiter.acquire(); // acquireUninterruptibly() cannot be interrupted
        boolean admitted = limiter.tryAcquire(Duration.ofMillis(50));
        // @end
        return admitted && cold.tryAcquire(Duration.ofSeconds(10));
    }

    private static List<String> all(List<String> keys) throws IOException, InterruptedException {
        // @start region="futures"
        return FanOut.over(keys).concurrency(4).map(key -> Calls.lookup(key)); // or outcomes
        // @end
    }

    private static String keyed(String account) throws InterruptedException {
        // @start region="striped"
        KeyedLock<String> locks = new KeyedLock<>(); // each account has its own
        return locks.call(account, () -> "alone with " + account);
        // @end
    }

    @Test
    void both_sides_do_the_same() throws Exception {
        assertTrue(GuavaCode.limit());
        assertTrue(limit());
        assertEquals(GuavaCode.all(List.of("a", "b")), all(List.of("a", "b")));
        assertEquals(GuavaCode.striped("a"), keyed("a"));
    }
}
