package dev.weir.core.sync;

import dev.weir.core.time.TimeSource;
import dev.weir.testkit.ModelChecking;
import java.time.Duration;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Every interleaving of calls that enter a line of priorities, and leave it at once, is one of some order of them. */
public class ClassedSemaphoreLincheckTest {
    private final ResizableSemaphore semaphore =
            ResizableSemaphore.priorities(2, Duration.ofSeconds(1), new StandingClock());

    @Operation
    public boolean enterLow() throws InterruptedException {
        return semaphore.tryAcquire(2, Duration.ZERO);
    }

    @Operation
    public boolean enterHigh() throws InterruptedException {
        return semaphore.withPriority(1).tryAcquire(1, Duration.ZERO);
    }

    @Operation
    public void release() {
        semaphore.release();
    }

    @Operation
    public void shrink() {
        semaphore.resize(1);
    }

    @Operation
    public int available() {
        return semaphore.available();
    }

    @Test
    void calls_of_all_classes_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(5))
                .invocationsPerIteration(200)
                .threads(2)
                .actorsPerThread(3)
                .check(getClass());
    }

    /** A clock that stands still, and that costs the model checker nothing. */
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
            throw new AssertionError("nothing is scheduled");
        }
    }
}
