package dev.weir.ratelimit.remote;

import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import dev.weir.testkit.ModelChecking;
import java.time.Duration;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of three threads that use what was fetched is one of some order of the same calls, while it is
 * good. At its end it is not so: one that has taken permits and finds them void has kept them from others until then.
 */
public class LeasedPermitsLincheckTest {
    private final LeasedPermits permits = new LeasedPermits(Lease.upTo(4, Duration.ofNanos(10)), new StandingClock());

    public LeasedPermitsLincheckTest() {
        permits.fetched(new Answer(3, Duration.ZERO, 0, Duration.ZERO), 0);
    }

    @Operation
    public boolean takeOne() {
        return permits.take(1);
    }

    @Operation
    public boolean takeTwo() {
        return permits.take(2);
    }

    @Operation
    public long takeUpToTwo() {
        return permits.takeUpTo(2);
    }

    @Operation
    public long giveBackTwo() {
        return permits.giveBack(2);
    }

    @Test
    void requests_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(8))
                .invocationsPerIteration(150)
                .threads(3)
                .actorsPerThread(2)
                .check(getClass());
    }

    private static final class StandingClock implements TimeSource {
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
