package dev.weir.core.internal;

import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** A section reports an interrupt if and only if one reached it, and its number is nobody else's. */
public class InterruptGuardLincheckTest {
    private final InterruptGuard guard = new InterruptGuard();
    private boolean in;

    @Operation(nonParallelGroup = "section")
    public long begin() {
        if (in) {
            return InterruptGuard.NONE;
        }
        in = true;
        return guard.begin();
    }

    @Operation(nonParallelGroup = "section")
    public String end() {
        if (!in) {
            return "not in";
        }
        in = false;
        return "interrupted: " + guard.endAndClear();
    }

    @Operation
    public boolean interruptAny() {
        return guard.interrupt();
    }

    @Operation
    public boolean interruptFirst() {
        return guard.interrupt(8);
    }

    @Operation
    public boolean interruptSecond() {
        return guard.interrupt(16);
    }

    @Operation
    public long current() {
        return guard.current();
    }

    @Test
    void sections_and_interrupts_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(3))
                .invocationsPerIteration(60)
                .threads(3)
                .actorsPerThread(3)
                .check(getClass());
    }
}
