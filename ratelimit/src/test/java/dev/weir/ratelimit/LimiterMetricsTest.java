package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Times;
import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class LimiterMetricsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    private KeyedRateLimiter.Builder<String> keyed() {
        return KeyedRateLimiter.<String>builder(Rate.perSecond(2)).timeSource(time);
    }

    @Test
    void a_limiter_counts_from_the_start_without_being_asked_to() {
        TokenBucket bucket =
                TokenBucket.builder(Rate.perSecond(4)).timeSource(time).build();
        assertEquals(new RateLimiterMetrics(0, 0, 0, Times.NONE, 0, 0, 4), bucket.metrics());
        assertTrue(bucket.tryAcquire(3));
        assertFalse(bucket.tryAcquire(2));
        assertEquals(new RateLimiterMetrics(3, 2, 0, Times.NONE, 0, 0, 1), bucket.metrics());
        CompletableFuture<?> waiting = bucket.acquireAsync(2);
        assertEquals(1, bucket.metrics().waiters());
        assertEquals(0, bucket.metrics().available(), "what there is, is for the one that waits");
        time.advance(Duration.ofMillis(250));
        waiting.join();
        RateLimiterMetrics last = bucket.metrics();
        assertEquals(new Counts(5, 2, 1, Duration.ofMillis(250), 0, 0), Counts.of(bucket));
        assertEquals(1, last.waited().samples());
        assertTrue(last.waited().max().compareTo(Duration.ofMillis(250)) >= 0);
    }

    @Test
    void every_limiter_tells_what_is_available() {
        IntervalBucket interval =
                IntervalBucket.builder(Rate.perSecond(4)).timeSource(time).build();
        WarmUpLimiter warmUp = WarmUpLimiter.builder(Rate.perSecond(4), SECOND)
                .timeSource(time)
                .build();
        assertEquals(4, interval.metrics().available());
        assertEquals(0, warmUp.metrics().available());
        time.advance(Duration.ofHours(1));
        assertEquals(4, warmUp.metrics().available());
        warmUp.pauseFor(SECOND);
        assertEquals(0, warmUp.metrics().available());
    }

    @Test
    void threads_of_both_kinds_are_counted_together() throws Exception {
        TokenBucket bucket =
                TokenBucket.builder(Rate.perSecond(1_000)).timeSource(time).build();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Runnable task = () -> {
                for (int j = 0; j < 50; j++) {
                    bucket.tryAcquire();
                }
            };
            threads.add(
                    i % 2 == 0
                            ? Thread.ofVirtual().start(task)
                            : Thread.ofPlatform().start(task));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(1_000, bucket.metrics().admitted());
        assertEquals(1_000, bucket.metrics().rejected());
    }

    @Test
    void names_are_given_or_numbered_and_never_blank() {
        TokenBucket first = TokenBucket.builder(Rate.perSecond(1)).build();
        TokenBucket second = TokenBucket.builder(Rate.perSecond(1)).build();
        assertTrue(second.name().matches("limiter-[1-9][0-9]*"), second.name());
        assertNotEquals(second.name(), first.name());
        assertEquals(
                "orders",
                WarmUpLimiter.builder(Rate.perSecond(1), SECOND)
                        .name("orders")
                        .build()
                        .name());
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenBucket.builder(Rate.perSecond(1)).name(" "));
        assertThrows(IllegalArgumentException.class, () -> keyed().name(""));
        assertTrue(keyed().build().name().matches("keyed-limiter-[1-9][0-9]*"));
        KeyedRateLimiter<String> logins = keyed().name("logins").build();
        assertEquals("logins", logins.name());
        assertEquals("logins", logins.limiter("a").name());
        assertTrue(keyed().name("logins").toString().startsWith("KeyedRateLimiter.Builder[logins, Rate["));
    }

    @Test
    void a_keyed_limiter_counts_for_all_keys_and_a_keys_limiter_has_what_is_available() {
        KeyedRateLimiter<String> limiter = keyed().build();
        assertTrue(limiter.tryAcquire("a", 2));
        assertTrue(limiter.tryAcquire("b"));
        assertFalse(limiter.tryAcquire("a"));
        assertEquals(new KeyedRateLimiterMetrics(2, 0, 0, 3, 1, 0, Times.NONE, 0, 0), limiter.metrics());
        assertEquals(
                new RateLimiterMetrics(3, 1, 0, Times.NONE, 0, 0, 1),
                limiter.limiter("b").metrics());
        assertEquals(2, limiter.limiter("c").metrics().available());
        time.advance(SECOND);
        assertEquals(2, limiter.evictFull());
        assertEquals(new KeyedRateLimiterMetrics(0, 2, 0, 3, 1, 0, Times.NONE, 0, 0), limiter.metrics());
    }

    @Test
    void requests_without_room_for_their_key_are_counted_apart_and_among_the_rejected() {
        KeyedRateLimiter<String> limiter = keyed().maxKeys(1).build();
        assertTrue(limiter.tryAcquire("a"));
        assertFalse(limiter.tryAcquire("b"));
        assertFalse(limiter.check("c", 2).admitted());
        KeyedRateLimiterMetrics metrics = limiter.metrics();
        assertEquals(2, metrics.withoutRoom());
        assertEquals(3, metrics.rejected());
        assertEquals(1, metrics.keys());
        assertThrows(RejectedExecutionException.class, () -> limiter.acquire("d"));
        assertEquals(3, limiter.metrics().withoutRoom());
        assertThrows(NullPointerException.class, () -> new KeyedRateLimiterMetrics(0, 0, 0, 0, 0, 0, null, 0, 0));
    }
}
