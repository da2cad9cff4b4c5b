package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Taken;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.ModelChecking;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Every interleaving of the calls is one of some order of the same calls. */
public class PriorityTaskQueueLincheckTest {
    /** A task with a priority must have one; this one runs nothing. */
    private static final PoolEngine ENGINE =
            new PoolEngine(WorkerPool.builder("none").settings(), PoolEvents.NONE);

    private static final Runnable LOW = task(0);
    private static final Runnable HIGH = task(5);

    private final PriorityTaskQueue queue = new PriorityTaskQueue(2, 1_000, new Clocks(new ManualTimeSource()));

    private static Runnable task(int priority) {
        return ENGINE.tasks.executed(() -> {}, TaskOptions.none().priority(priority));
    }

    private static String name(Runnable task) {
        return task == HIGH ? "high" : "low";
    }

    @Operation
    public String offerLow() {
        return queue.offer(LOW).name();
    }

    @Operation
    public String offerHigh() {
        return queue.offer(HIGH).name();
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
