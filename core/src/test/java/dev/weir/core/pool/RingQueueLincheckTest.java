package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Taken;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.ModelChecking;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/** Every interleaving of the calls is one of some order of the same calls. */
public class RingQueueLincheckTest {
    private record Task(int number) implements Runnable {
        @Override
        public void run() {}
    }

    private final RingQueue ring = new RingQueue(3, 3, new Clocks(new ManualTimeSource()));

    private volatile boolean closed;

    @Operation
    public String offerOne() {
        return ring.offer(new Task(1)).name();
    }

    @Operation
    public String offerTwo() {
        return ring.offer(new Task(2)).name();
    }

    @Operation
    public int poll() {
        Taken taken = new Taken();
        return ring.poll(taken) && taken.element instanceof Task task ? task.number() : -1_000;
    }

    @Operation
    public boolean isEmpty() {
        return ring.isEmpty();
    }

    @Operation
    public int size() {
        return ring.size();
    }

    @Operation
    public void close() {
        ring.close();
        closed = true;
    }

    /** It shuts one end after the other, and so is one step only when it is closed. */
    @Operation
    public List<Integer> freezeIfClosed() {
        return !closed
                ? List.of()
                : ring.freeze().stream()
                        .map(entry -> entry.task() instanceof Task task ? task.number() : 0)
                        .toList();
    }

    @Test
    void calls_are_linearizable_in_the_model() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(20))
                .invocationsPerIteration(60)
                .actorsBefore(2)
                .threads(2)
                .actorsPerThread(3)
                .check(getClass());
    }

    @Test
    void calls_are_linearizable_under_stress() {
        new StressOptions()
                .iterations(ModelChecking.iterations(3))
                .invocationsPerIteration(200)
                .threads(3)
                .actorsPerThread(3)
                .check(getClass());
    }
}
