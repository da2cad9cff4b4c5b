package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import dev.weir.testkit.ModelChecking;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** Elements come out once, in order and with their places, and none after the end, for every taker. */
@Param(name = "element", gen = IntGen.class, conf = "0:3")
public class StageBufferLincheckTest {
    private static final StopCause STOP = new StopCause();

    private final TimeSource time = TimeSource.system();
    private final StageBuffer buffer = new StageBuffer(2, List.of());

    @Operation
    public String trySend(@Param(name = "element") int element) {
        try {
            return buffer.trySend("element " + element) ? "sent" : "full";
        } catch (InterruptedException closed) {
            return "closed";
        }
    }

    @Operation
    public void close() {
        buffer.close();
    }

    @Operation
    public String poll() {
        StageWorker worker = new StageWorker(time, STOP, new WorkerCount(1), 1);
        Object element = buffer.poll(worker);
        return element == null ? "none" : element + " at " + worker.place;
    }

    @Operation
    public boolean isEnded() {
        return buffer.isEnded();
    }

    @Test
    void calls_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(20))
                .invocationsPerIteration(60)
                .actorsBefore(2)
                .actorsAfter(1)
                .threads(2)
                .actorsPerThread(3)
                .check(getClass());
    }
}
