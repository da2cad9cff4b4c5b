package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Taken;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.ModelChecking;
import java.util.List;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Every interleaving of the calls is one of some order of the same calls. */
public class FairTaskQueueLincheckTest {
    /** A task with a tenant must have one; this one runs nothing. */
    private static final PoolEngine ENGINE =
            new PoolEngine(WorkerPool.builder("none").settings(), PoolEvents.NONE);

    private static final Runnable SMALL = task("small");
    private static final Runnable LARGE = task("large");

    private final FairTaskQueue queue = new FairTaskQueue(3, Map.of("large", 2), new Clocks(new ManualTimeSource()));

    private static Runnable task(String tenant) {
        return ENGINE.tasks.executed(() -> {}, TaskOptions.none().tenant(tenant));
    }

    private static String name(Runnable task) {
        return task == LARGE ? "large" : "small";
    }

    @Operation
    public String offerSmall() {
        return queue.offer(SMALL).name();
    }

    @Operation
    public String offerLarge() {
        return queue.offer(LARGE).name();
    }

    @Operation
    public String poll() {
        Taken taken = new Taken();
        return queue.poll(taken) ? name(taken.element) : "none";
    }

    @Operation
    public String pollVictim() {
        Taken taken = new Taken();
        return queue.pollVictim(taken) ? name(taken.element) : "none";
    }

    @Operation
    public int size() {
        return queue.size();
    }

    @Operation
    public void close() {
        queue.close();
    }

    @Operation
    public List<String> freeze() {
        return queue.freeze().stream().map(entry -> name(entry.task())).toList();
    }

    @Test
    void calls_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(10))
                .invocationsPerIteration(50)
                .actorsBefore(2)
                .actorsAfter(1)
                .threads(2)
                .actorsPerThread(3)
                .check(getClass());
    }
}
