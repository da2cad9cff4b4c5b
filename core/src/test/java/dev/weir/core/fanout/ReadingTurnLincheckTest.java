package dev.weir.core.fanout;

import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** What is done in turns is done one at a time, and nobody waits for ever for the turn. */
public class ReadingTurnLincheckTest {
    private final ReadingTurn turn = new ReadingTurn("checked");
    private int read;

    @Operation
    public int readOne() {
        turn.take();
        try {
            return ++read;
        } finally {
            turn.pass();
        }
    }

    @Test
    void turns_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(5))
                .invocationsPerIteration(1_000)
                .actorsBefore(0)
                .threads(2)
                .actorsPerThread(2)
                .actorsAfter(0)
                .check(getClass());
    }
}
