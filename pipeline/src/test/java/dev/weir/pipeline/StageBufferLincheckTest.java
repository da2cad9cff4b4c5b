package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import dev.weir.testkit.ModelChecking;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Elements come out once, in order and with their places, and none after the end, for every taker. One thread sends:
 * behind a place that one of several senders has claimed and not filled yet, a taker does not see what another has
 * sent.
 */
public class StageBufferLincheckTest {
    private static final StopCause STOP = new StopCause();

    private final TimeSource time = TimeSource.system();
    private final StageBuffer buffer = new StageBuffer(2, List.of());
    private int sent;

    @Operation(nonParallelGroup = "sender")
    public String trySend() {
        try {
            boolean accepted = buffer.trySend("element " + sent);
            sent += accepted ? 1 : 0;
            return accepted ? "sent" : "full";
        } catch (InterruptedException closed) {
            return "closed";
        }
    }

    @Operation(nonParallelGroup = "sender")
    public void close() {
        buffer.close();
    }

    @Operation
    public String poll() {
        StageWorker worker = new StageWorker(time, STOP);
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
