package dev.weir.core.pool;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.ModelChecking;
import java.util.Objects;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * In no interleaving is a task refused because the only worker of a pool without queue ends for want of work: the task
 * is for that worker, which stays, or for a new one.
 */
public class SpareWorkerLincheckTest {
    private final PoolEngine engine = new PoolEngine(
            WorkerPool.builder("pool")
                    .maxWorkers(1)
                    .queueCapacity(0)
                    .saturation(Saturation.reject())
                    .timeSource(new ManualTimeSource())
                    .threadFactory(NeverStarted::new)
                    .settings(),
            PoolEvents.NONE);
    private final PoolWorker worker;

    public SpareWorkerLincheckTest() {
        worker = Objects.requireNonNull(engine.workers.reserve(() -> {}));
        engine.state.counts.add(WorkerCounts.PARKED);
    }

    /** Returns the answer, and how many new workers there are. */
    @Operation(runOnce = true)
    public String submit() {
        return engine.attempt(() -> {}) + " " + engine.counters.direct;
    }

    @Operation(runOnce = true)
    public boolean end() {
        return engine.workers.endIfSpare(worker);
    }

    @Test
    void a_task_is_accepted_whenever_the_worker_ends() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(5))
                .invocationsPerIteration(500)
                .actorsBefore(0)
                .actorsAfter(0)
                .threads(2)
                .actorsPerThread(1)
                .check(getClass());
    }
}
