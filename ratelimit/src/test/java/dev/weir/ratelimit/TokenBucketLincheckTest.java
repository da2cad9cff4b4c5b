package dev.weir.ratelimit;

import dev.weir.core.time.TimeSource;
import dev.weir.testkit.ModelChecking;
import java.time.Duration;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Every interleaving of three threads that ask for permits is one of some order of the same calls. */
public class TokenBucketLincheckTest {
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1).withBurst(4))
            .initialPermits(3)
            .timeSource(new StandingClock())
            .build();

    @Operation
    public boolean takeOne() {
        return bucket.tryAcquire(1);
    }

    @Operation
    public boolean takeTwo() {
        return bucket.tryAcquire(2);
    }

    @Operation
    public long takeUpToTwo() {
        return bucket.tryAcquireUpTo(2);
    }

    @Operation
    public long drain() {
        return bucket.drain();
    }

    @Operation
    public void refund() {
        bucket.refund(1);
    }

    @Operation
    public void replaceByAnotherResolution() {
        bucket.replaceRate(Rate.of(1_000_003, Duration.ofMinutes(1)).withBurst(5));
    }

    @Test
    void requests_that_do_not_wait_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(20))
                .invocationsPerIteration(300)
                .threads(3)
                .actorsPerThread(2)
                .recursionBound(50) // the look for room on the stack goes deep
                .check(getClass());
    }

    /** A clock that stands still, and that costs the model checker nothing. */
    static final class StandingClock implements TimeSource {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            throw new AssertionError("nobody waits");
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            throw new AssertionError("nobody waits");
        }
    }
}
