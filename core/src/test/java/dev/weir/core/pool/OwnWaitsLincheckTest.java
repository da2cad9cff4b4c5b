package dev.weir.core.pool;

import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * A pool that is made smaller while its worker begins to wait for a queued task has another one, or refuses the wait.
 */
public class OwnWaitsLincheckTest {
    private final PoolEngine engine = new PoolEngine(
            WorkerPool.builder("pool")
                    .maxWorkers(2)
                    .queueCapacity(1)
                    .timeSource(new ManualTimeSource())
                    .threadFactory(NeverStarted::new)
                    .settings(),
            PoolEvents.NONE);

    /** With one worker, and a task in the queue; paused, so that none was started for that. */
    public OwnWaitsLincheckTest() {
        engine.attempt(() -> {});
        engine.control.pause();
        engine.attempt(() -> {});
        engine.control.resizeWorkers(0, 2);
        engine.state.lock.lock();
        try {
            engine.state.clear(PoolState.PAUSED);
        } finally {
            engine.state.lock.unlock();
        }
    }

    @Operation(runOnce = true)
    public boolean begin() {
        new WorkerThread(engine.state, new InterruptGuard()).enter();
        try {
            return engine.state.waits.enter(() -> true);
        } catch (IllegalStateException refused) {
            return false;
        } finally {
            WorkerThread.leave();
        }
    }

    @Operation(runOnce = true)
    public void shrink() {
        engine.control.resizeWorkers(0, 1);
    }

    @Validate
    public void moves() {
        if (engine.state.limits.max() == 1 && engine.state.waits.holdAll(engine.state.workers())) {
            throw new IllegalStateException("all workers wait");
        }
    }

    @Test
    void a_pool_moves_though_it_is_made_smaller() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(1))
                .invocationsPerIteration(200)
                .actorsBefore(0)
                .actorsAfter(0)
                .threads(2)
                .actorsPerThread(1)
                .check(getClass());
    }
}
