package dev.weir.core.fanout;

import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * A thread that enters is counted until it leaves, none enters what is over, and one of those that leave is the last.
 */
public class RunStateLincheckTest {
    private final RunState state = new RunState();
    private int inA;
    private int inB;

    @Operation(nonParallelGroup = "a")
    public boolean enterA() {
        boolean entered = state.enter();
        inA += entered ? 1 : 0;
        return entered;
    }

    @Operation(nonParallelGroup = "a")
    public String leaveA() {
        return inA == 0 ? "not in" : leave(inA--);
    }

    @Operation(nonParallelGroup = "b")
    public boolean enterB() {
        boolean entered = state.enter();
        inB += entered ? 1 : 0;
        return entered;
    }

    @Operation(nonParallelGroup = "b")
    public String leaveB() {
        return inB == 0 ? "not in" : leave(inB--);
    }

    /** Only who is in says so. */
    @Operation(nonParallelGroup = "b")
    public void exhaustB() {
        if (inB > 0) {
            state.exhaust();
        }
    }

    private String leave(int entered) {
        return "last of mine: " + (entered == 1) + ", of all: " + state.leave();
    }

    @Operation
    public void stop() {
        state.stop();
    }

    @Operation
    public boolean isOver() {
        return state.isOver();
    }

    @Test
    void enter_and_leave_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(5))
                .invocationsPerIteration(150)
                .threads(3)
                .actorsPerThread(3)
                .check(getClass());
    }
}
