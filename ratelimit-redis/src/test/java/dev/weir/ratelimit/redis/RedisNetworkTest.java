package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.testkit.Call;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A network that is slow, or that loses answers. */
@Timeout(60)
class RedisNetworkTest {
    private static final Rate RATE = Rate.of(1000, Duration.ofDays(10)); // none comes back during a test

    /** Longer than an answer takes on a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final String key = TestRedis.newKey();
    private TestRedis redis;
    private TcpProxy proxy;

    @BeforeEach
    void start() throws Exception {
        redis = TestRedis.own();
        proxy = new TcpProxy(redis.process().port());
    }

    @AfterEach
    void end() throws Exception {
        if (proxy != null) {
            proxy.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    private RemoteRateLimiter limiter(Duration timeout) {
        RedisURI uri = RedisURI.create("127.0.0.1", proxy.port());
        return RedisRateLimiter.builder(redis.connect(uri).async(), key, RATE)
                .timeout(timeout)
                .build();
    }

    private RemoteRateLimiter withoutProxy() {
        return RedisRateLimiter.builder(redis.commands(), key, RATE)
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    @Test
    void a_slow_network_delays_a_decision_and_changes_nothing() throws Exception {
        RemoteRateLimiter limiter = limiter(Duration.ofSeconds(20));
        proxy.delayAnswers(Duration.ofMillis(200));
        long start = System.nanoTime();
        assertTrue(limiter.tryAcquire(10));
        limiter.acquire(10);
        assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(400));
        assertEquals(0, limiter.remoteMetrics().failed());
        proxy.delayAnswers(Duration.ZERO);
        assertEquals(980, limiter.peek().remaining());
    }

    @Test
    void an_answer_that_is_lost_costs_its_permits_and_admits_nobody() throws Exception {
        RemoteRateLimiter limiter = limiter(PATIENCE);
        assertTrue(limiter.tryAcquire());
        proxy.swallowAnswers();
        assertFalse(limiter.tryAcquire(100));
        Call.until(() -> proxy.swallowedBytes() > 0);
        Call.until(() -> limiter.remoteMetrics().unavailable());
        assertFalse(limiter.tryAcquire());
        proxy.cut(); // no stream goes on without a part of it
        Call.until(() -> !limiter.remoteMetrics().unavailable());
        long remaining = withoutProxy().peek().remaining();
        assertEquals(899, remaining, "taken once, and not given back: nobody knows whether it was taken");
        assertTrue(limiter.tryAcquire());
    }

    @Test
    void a_waiter_whose_answer_is_late_gives_back_what_it_took() throws Exception {
        RemoteRateLimiter limiter = limiter(PATIENCE);
        RemoteRateLimiter other = withoutProxy();
        assertTrue(limiter.tryAcquire());
        proxy.keepAnswers();
        Call<Boolean> call = Call.start(() -> limiter.tryAcquire(50, Duration.ofMillis(100)));
        Call.until(() -> proxy.keptBytes() > 0);
        assertFalse(call.result());
        proxy.release();
        Call.until(() -> other.peek().remaining() == 999);
        Call.until(() -> !limiter.remoteMetrics().unavailable());
    }
}
