package dev.weir.core.sync;

import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Every interleaving of the calls that do not wait is one of some order of the same calls. */
public class ResizableSemaphoreLincheckTest {
    private final ResizableSemaphore semaphore = ResizableSemaphore.unfair(2);

    @Operation
    public boolean tryAcquire() {
        return semaphore.tryAcquire();
    }

    @Operation
    public boolean tryAcquireTwo() {
        return semaphore.tryAcquire(2);
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
    public void grow() {
        semaphore.resize(3);
    }

    @Operation
    public int available() {
        return semaphore.available();
    }

    @Test
    void calls_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(5))
                .invocationsPerIteration(200)
                .threads(2)
                .actorsPerThread(3)
                .check(getClass());
    }
}
