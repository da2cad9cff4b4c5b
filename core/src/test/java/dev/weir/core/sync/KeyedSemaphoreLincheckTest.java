package dev.weir.core.sync;

import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** Every interleaving of the calls that do not wait is one of some order of the same calls. */
@Param(name = "key", gen = IntGen.class, conf = "1:2")
public class KeyedSemaphoreLincheckTest {
    private final KeyedSemaphore<Integer> semaphore = new KeyedSemaphore<>(2);

    @Operation
    public boolean tryAcquire(@Param(name = "key") int key) {
        return semaphore.tryAcquire(key);
    }

    @Operation
    public void release(@Param(name = "key") int key) {
        semaphore.release(key);
    }

    @Operation
    public int available(@Param(name = "key") int key) {
        return semaphore.available(key);
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
