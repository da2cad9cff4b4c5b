package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;
import dev.weir.testkit.ModelChecking;
import java.time.Duration;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Every interleaving of requests that wait in a line of shares, or leave it, is one of some order of the same calls. */
public class ClassedLimiterLincheckTest {
    private final TokenBucket bucket = TokenBucket.builder(Rate.perHour(1).withBurst(4))
            .fairShares()
            .initialPermits(1)
            .timeSource(new StandingClock())
            .build();
    private final Reservation large = bucket.forTenant("a").reserve(3);
    private final Reservation small = bucket.forTenant("a").reserve(1);

    @Operation
    public boolean another() {
        return bucket.forTenant("b").reserve(1).isGranted();
    }

    @Operation
    public boolean cancel() {
        return large.cancel();
    }

    @Operation
    public boolean largeIsGranted() {
        return large.isGranted();
    }

    @Operation
    public boolean smallIsGranted() {
        return small.isGranted();
    }

    @Operation
    public void refund() {
        bucket.refund(1);
    }

    @Operation
    public boolean tryAcquire() {
        return bucket.tryAcquire();
    }

    @Test
    void requests_of_all_tenants_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(10))
                .invocationsPerIteration(200)
                .threads(2)
                .actorsPerThread(3)
                .recursionBound(50) // the look for room on the stack goes deep
                .loopBound(100) // a division is done bit by bit
                .check(getClass());
    }

    /** A clock that stands still: its timers are never due. */
    private static final class StandingClock implements TimeSource {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            throw new AssertionError("nobody parks");
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            return () -> true;
        }
    }
}
