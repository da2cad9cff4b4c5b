package dev.weir.core.pool;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.ModelChecking;
import java.util.concurrent.RejectedExecutionException;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** A pool that is shut down when others than workers take its last tasks away ends nevertheless. */
public class TerminationLincheckTest {
    private final PoolEngine engine = new PoolEngine(
            WorkerPool.builder("pool")
                    .maxWorkers(1)
                    .queueCapacity(1)
                    .saturation(Saturation.discardOldest())
                    .timeSource(new ManualTimeSource())
                    .threadFactory(NeverStarted::new)
                    .settings(),
            PoolEvents.NONE);

    /** Paused, without a worker, and with a task. */
    public TerminationLincheckTest() {
        engine.control.pause();
        engine.attempt(() -> {});
    }

    @Operation(runOnce = true)
    public void shutdown() {
        engine.control.shutdown();
    }

    @Operation(runOnce = true)
    public void submit() {
        try {
            engine.execute(() -> {});
        } catch (RejectedExecutionException shutDown) {
            // which is one of the outcomes
        }
    }

    @Validate
    public void ends() {
        if (engine.control.isShutdown()
                && !engine.control.isTerminated()
                && engine.backlog.isEmpty()
                && WorkerCounts.workers(engine.state.counts.read()) == 0) {
            throw new IllegalStateException("nobody is left to end it");
        }
    }

    @Test
    void a_pool_ends_though_its_last_task_is_discarded() {
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
