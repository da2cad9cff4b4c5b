package dev.weir.core.pool;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** A pool that is shut down while its end is held up ends when it is held up no more. */
public class TerminationHoldLincheckTest {
    private final PoolState state =
            new PoolState("pool", new Clocks(new ManualTimeSource()), new PoolState.Limits(0, 1));
    private final Termination termination = new Termination(state, new Backlog(state, 1, 0, null));
    private volatile boolean released;

    public TerminationHoldLincheckTest() {
        termination.hold();
    }

    @Operation(runOnce = true)
    public void shutdown() {
        state.lock.lock();
        try {
            state.set(PoolState.SHUTDOWN);
            termination.signalIfOver();
        } finally {
            state.lock.unlock();
        }
    }

    @Operation(runOnce = true)
    public void release() {
        termination.release();
        released = true;
    }

    @Validate
    public void ends() {
        if (termination.isTerminated() != (state.isShutdown() && released)) {
            throw new IllegalStateException("shut down " + state.isShutdown() + ", released " + released
                    + ", terminated " + termination.isTerminated());
        }
    }

    @Test
    void a_pool_ends_when_nothing_holds_it_any_more() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(2))
                .invocationsPerIteration(200)
                .actorsBefore(0)
                .actorsAfter(0)
                .threads(2)
                .actorsPerThread(1)
                .check(getClass());
    }
}
