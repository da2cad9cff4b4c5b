package dev.weir.core.sync;

import dev.weir.testkit.ModelChecking;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** Counters under the locks of their keys lose no update; nobody waits for ever, and no key stays. */
@Param(name = "key", gen = IntGen.class, conf = "0:1")
public class KeyedLockLincheckTest {
    private final KeyedLock<Integer> locks = new KeyedLock<>();
    private final int[] counters = new int[2];

    @Operation
    public int increment(@Param(name = "key") int key) {
        locks.lock(key);
        try {
            return ++counters[key];
        } finally {
            locks.unlock(key);
        }
    }

    @Operation
    public int incrementTwice(@Param(name = "key") int key) {
        locks.lock(key);
        try {
            increment(key);
            return increment(key);
        } finally {
            locks.unlock(key);
        }
    }

    @Operation
    public List<Integer> incrementBoth() throws InterruptedException {
        return locks.lockForAll(List.of(1, 0)).call(() -> List.of(++counters[0], ++counters[1]));
    }

    @Validate
    public void no_key_stays() {
        if (locks.activeKeys() != 0) {
            throw new IllegalStateException(locks.toString());
        }
    }

    @Test
    void calls_under_a_keys_lock_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(10))
                .invocationsPerIteration(50)
                .actorsBefore(0)
                .threads(2)
                .actorsPerThread(2)
                .actorsAfter(0)
                .check(getClass());
    }
}
