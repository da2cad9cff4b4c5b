package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A clock that jumps between any two readings, to when the permits are due, and then stands still. A wait that counts
 * from a reading later than the one by which it was reckoned would never end.
 */
@Timeout(60)
class JumpingClockTest {
    private static final long DUE_NANOS = 2_000_000_000;
    private static final int MOST_READINGS = 40;

    /** Stands at 0 until the last of some readings. */
    private static final class JumpingClock implements TimeSource {
        private final List<Runnable> due = new ArrayList<>();
        private int readingsLeft = Integer.MAX_VALUE;
        private int parks;

        void jumpAfter(int readings) {
            readingsLeft = readings;
        }

        @Override
        public long nanoTime() {
            return readingsLeft-- > 0 ? 0 : DUE_NANOS;
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            readingsLeft = Math.min(readingsLeft, 0); // at the latest, it jumps while somebody sleeps
            assertTrue(parks++ < 100, "the wait does not end");
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            long at = nanoTime() + delay.toNanos();
            Runnable ifDue = () -> {
                if (at <= DUE_NANOS) {
                    task.run();
                }
            };
            due.add(ifDue);
            return () -> due.remove(ifDue);
        }

        void runDue() {
            readingsLeft = Math.min(readingsLeft, 0);
            for (List<Runnable> now = List.copyOf(due); !now.isEmpty(); now = List.copyOf(due)) {
                due.removeAll(now);
                now.forEach(Runnable::run);
            }
        }
    }

    private static void atEveryReading(Function<TimeSource, RateLimiter> limiter, Wait wait) throws Exception {
        for (int readings = 0; readings < MOST_READINGS; readings++) {
            JumpingClock clock = new JumpingClock();
            RateLimiter waitedFor = limiter.apply(clock);
            clock.jumpAfter(readings);
            try {
                wait.run(waitedFor, clock);
            } catch (Throwable failure) {
                throw new AssertionError("a jump after " + readings + " readings", failure);
            }
        }
    }

    private interface Wait {
        void run(RateLimiter limiter, JumpingClock clock) throws Exception;
    }

    private static RateLimiter limiter(String kind, TimeSource clock) {
        return switch (kind) {
            case "bucket" ->
                TokenBucket.builder(Rate.perSecond(1).withBurst(3))
                        .initialPermits(0)
                        .timeSource(clock)
                        .build();
            case "interval" -> {
                RateLimiter interval = IntervalBucket.builder(Rate.of(2, Duration.ofNanos(DUE_NANOS)))
                        .timeSource(clock)
                        .build();
                assertTrue(interval.tryAcquire(2));
                yield interval;
            }
            default -> throw new IllegalArgumentException(kind);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"bucket", "interval"})
    void a_wait_ends(String kind) throws Exception {
        atEveryReading(clock -> limiter(kind, clock), (limiter, clock) -> limiter.acquire(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bucket", "interval"})
    void a_timed_wait_ends_with_the_permits(String kind) throws Exception {
        atEveryReading(
                clock -> limiter(kind, clock),
                (limiter, clock) -> assertTrue(limiter.tryAcquire(2, Duration.ofSeconds(3))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bucket", "interval"})
    void a_wait_for_a_reservation_ends(String kind) throws Exception {
        atEveryReading(
                clock -> limiter(kind, clock),
                (limiter, clock) -> limiter.reserve(2).await());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bucket", "interval"})
    void a_future_is_completed(String kind) throws Exception {
        atEveryReading(clock -> limiter(kind, clock), (limiter, clock) -> {
            CompletableFuture<Void> future = limiter.acquireAsync(2);
            clock.runDue();
            future.join();
            assertEquals(0, limiter.metrics().waiters());
        });
    }
}
