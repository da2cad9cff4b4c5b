package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Taken;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.ModelChecking;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Every interleaving of the calls is one of some order of the same calls, while two workers are idle. */
public class HandoffQueueLincheckTest {
    private record Task(int number) implements Runnable {
        @Override
        public void run() {}
    }

    private final WorkerCounts census = new WorkerCounts();
    private final HandoffQueue queue = new HandoffQueue(census, new Clocks(new ManualTimeSource()));

    public HandoffQueueLincheckTest() {
        census.add(2 * (WorkerCounts.WORKER + WorkerCounts.PARKED));
    }

    @Operation
    public String offerOne() {
        return queue.offer(new Task(1)).name();
    }

    @Operation
    public String offerTwo() {
        return queue.offer(new Task(2)).name();
    }

    @Operation
    public int poll() {
        Taken taken = new Taken();
        return queue.poll(taken) && taken.element instanceof Task task ? task.number() : -1_000;
    }

    @Operation
    public int size() {
        return queue.size();
    }

    @Operation
    public long accepted() {
        return queue.accepted();
    }

    @Operation
    public void close() {
        queue.close();
    }

    @Operation
    public List<Integer> freeze() {
        return queue.freeze().stream()
                .map(entry -> entry.task() instanceof Task task ? task.number() : 0)
                .toList();
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
