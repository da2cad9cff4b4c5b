package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pause lets nobody take permits. */
@Timeout(60)
class PauseTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final RateLimiter limiter =
            TokenBucket.builder(Rate.perSecond(10)).timeSource(time).build();

    @Test
    void nobody_gets_a_permit_before_the_pause_is_over_and_everybody_may_then() throws Exception {
        limiter.pauseFor(SECOND);
        assertFalse(limiter.tryAcquire());
        assertEquals(0, limiter.tryAcquireUpTo(5));
        assertEquals(0, limiter.drain());
        assertFalse(limiter.tryAcquire(1, SECOND.minusNanos(1)), "certainly too late");
        assertTrue(limiter.tryAcquire(0));
        Decision refused = limiter.check(3);
        assertEquals(new Decision(false, 0, SECOND, SECOND), refused);
        assertEquals(refused, limiter.peek(3));
        time.advance(SECOND.minusNanos(1));
        assertFalse(limiter.tryAcquire());
        time.advance(Duration.ofNanos(1));
        assertTrue(limiter.tryAcquire(10));
    }

    @Test
    void requests_wait_the_pause_off_in_their_order() throws Exception {
        limiter.pauseFor(SECOND);
        Reservation first = limiter.reserve(6);
        CompletableFuture<Void> second = limiter.acquireAsync(6);
        assertEquals(SECOND, first.delay());
        time.advance(SECOND.minusNanos(1));
        assertFalse(first.isGranted());
        time.advance(Duration.ofNanos(1));
        assertTrue(first.isGranted());
        assertFalse(second.isDone());
        time.advance(Duration.ofMillis(200));
        second.get();
    }

    @Test
    void a_thread_that_waits_already_waits_the_pause_off() throws Exception {
        limiter.drain();
        Call<Void> waiter = Call.run(limiter::acquireUninterruptibly);
        time.awaitWaiters(1);
        limiter.pauseFor(Duration.ofSeconds(5));
        waiter.assertRests(); // a virtual thread is not at rest from when it is woken until it waits anew
        time.advance(Duration.ofSeconds(4));
        assertEquals(1, limiter.metrics().waiters());
        time.advance(SECOND);
        waiter.result();
        assertEquals(9, limiter.drain());
    }

    @Test
    void the_longer_of_two_pauses_holds_and_resume_ends_it_for_those_who_wait() throws Exception {
        limiter.pauseFor(Duration.ofSeconds(9));
        limiter.pauseFor(SECOND);
        limiter.pauseFor(Duration.ZERO);
        CompletableFuture<Void> waiting = limiter.acquireAsync();
        time.advance(Duration.ofSeconds(8));
        assertFalse(waiting.isDone());
        limiter.resume();
        waiting.get();
        assertTrue(limiter.tryAcquire());
        limiter.resume(); // there is none
        assertTrue(limiter.tryAcquire());
    }

    @Test
    void a_pause_of_any_length_outlives_a_new_rate_and_a_refund() {
        limiter.pauseFor(Duration.ofSeconds(Long.MAX_VALUE));
        limiter.replaceRate(Rate.perSecond(1_000));
        limiter.refund(1_000);
        time.advance(Duration.ofDays(10_000));
        assertFalse(limiter.tryAcquire());
        assertThrows(IllegalArgumentException.class, () -> limiter.pauseFor(Duration.ofNanos(-1)));
        assertThrows(NullPointerException.class, () -> limiter.pauseFor(null));
        RateLimiter untouched = RateLimiter.of(Rate.perSecond(1));
        untouched.resume();
        assertTrue(untouched.tryAcquire());
    }

    @Test
    void an_interrupt_in_a_pause_ends_the_wait_and_takes_nothing() throws Exception {
        limiter.pauseFor(SECOND);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread waiter = Thread.ofVirtual().start(() -> {
            try {
                limiter.acquire();
                thrown.complete(new AssertionError("acquired"));
            } catch (InterruptedException interrupt) {
                thrown.complete(interrupt);
            }
        });
        time.awaitWaiters(1);
        waiter.interrupt();
        assertEquals(InterruptedException.class, thrown.get().getClass());
        time.advance(SECOND);
        assertEquals(10, limiter.drain());
    }

    @Test
    void the_pause_of_a_combined_limit_holds_for_all() {
        RateLimiter other = RateLimiter.of(Rate.perSecond(10));
        CombinedLimiter both = RateLimiter.allOf(other, limiter);
        limiter.pauseFor(SECOND);
        assertFalse(both.tryAcquire(1, 1));
        assertEquals(10, other.drain());
    }

    @Test
    void a_pause_is_not_shorter_on_a_clock_that_lags() {
        long[] real = {1_999_999};
        TimeSource lagging = new TimeSource() {
            @Override
            public long nanoTime() {
                return real[0] - Math.floorMod(real[0], 1_000_000);
            }

            @Override
            public Duration resolution() {
                return Duration.ofMillis(1);
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {
                throw new AssertionError("nobody waits");
            }

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                throw new AssertionError("nobody waits");
            }
        };
        RateLimiter coarse =
                TokenBucket.builder(Rate.perSecond(1_000)).timeSource(lagging).build();
        coarse.pauseFor(Duration.ofMillis(5));
        real[0] += 5_000_000 - 1;
        assertFalse(coarse.tryAcquire());
        real[0] += 1_000_001;
        assertTrue(coarse.tryAcquire());
    }
}
