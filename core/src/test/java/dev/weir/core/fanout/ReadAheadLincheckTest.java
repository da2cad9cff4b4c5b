package dev.weir.core.fanout;

import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Each item goes to one taker, in order, whether the owner or another takes it, and also while it is filled anew. */
public class ReadAheadLincheckTest {
    private final ReadAhead readAhead = new ReadAhead();
    private int read;

    /** What the owner does: it takes, and when there is nothing, it fills, and has the first item for itself. */
    @Operation(nonParallelGroup = "owner")
    public String next() {
        String item = take();
        if (item != null) {
            return item;
        }
        int first = read;
        read += 3;
        readAhead.prepare(2, first + 1);
        readAhead.put(first + 1, "item" + (first + 1));
        readAhead.put(first + 2, "item" + (first + 2));
        readAhead.publish(first + 3);
        return first + ":item" + first;
    }

    @Operation
    public String take() {
        String[] result = new String[1];
        return readAhead.take((index, item) -> result[0] = index + ":" + item) ? result[0] : null;
    }

    @Operation
    public boolean isEmpty() {
        return readAhead.isEmpty();
    }

    @Test
    void takes_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(5))
                .invocationsPerIteration(300)
                .threads(3)
                .actorsPerThread(3)
                .check(getClass());
    }
}
