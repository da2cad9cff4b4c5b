package dev.weir.core.sync;

import dev.weir.testkit.ModelChecking;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Counters that only tasks of their keys change lose no update, in whichever thread the tasks run; none is stranded,
 * and no key stays.
 */
@Param(name = "key", gen = IntGen.class, conf = "0:1")
public class KeyedExecutorLincheckTest {
    private final KeyedExecutor<Integer> keyed =
            KeyedExecutor.builder(Runnable::run).context().build();
    private final int[] counters = new int[2];

    @Operation
    public int increment(@Param(name = "key") int key) throws InterruptedException, ExecutionException {
        return keyed.submit(key, () -> ++counters[key]).get();
    }

    /** The task that increments waits for the one that submits it, and may run in the other call's thread. */
    @Operation
    public int incrementBehind(@Param(name = "key") int key) throws InterruptedException, ExecutionException {
        Future<Future<Integer>> first = keyed.submit(key, () -> keyed.submit(key, () -> ++counters[key]));
        return first.get().get();
    }

    @Validate
    public void no_key_stays() {
        if (keyed.keys() != 0) {
            throw new IllegalStateException(keyed.toString());
        }
    }

    @Test
    void calls_of_tasks_with_keys_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(4))
                .invocationsPerIteration(50)
                .actorsBefore(0)
                .threads(2)
                .actorsPerThread(2)
                .actorsAfter(0)
                .check(getClass());
    }
}
