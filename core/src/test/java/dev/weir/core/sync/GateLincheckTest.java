package dev.weir.core.sync;

import dev.weir.testkit.ModelChecking;
import java.time.Duration;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Every interleaving of the calls that do not wait is one of some order of the same calls. */
public class GateLincheckTest {
    private final Gate gate = Gate.closed();

    @Operation
    public void open() {
        gate.open();
    }

    @Operation
    public void close() {
        gate.close();
    }

    @Operation
    public int pulse() {
        return gate.pulse();
    }

    @Operation
    public boolean isOpen() {
        return gate.isOpen();
    }

    @Operation
    public boolean passes() throws InterruptedException {
        return gate.await(Duration.ZERO);
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
