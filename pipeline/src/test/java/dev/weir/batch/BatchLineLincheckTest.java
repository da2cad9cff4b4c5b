package dev.weir.batch;

import dev.weir.core.Outcome;
import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Each item is taken once, in order, or leaves, and none comes in after the end. */
public class BatchLineLincheckTest {
    private final Batcher<Integer, Integer> batcher =
            Batcher.<Integer, Integer>builder(items -> items).build();
    private final BatchLine<Integer, Integer> line = new BatchLine<>(9, Long.MAX_VALUE, 1);
    private final PendingItem<Integer, Integer> first = new PendingItem<>(batcher, 1, 0, null, null);
    private final PendingItem<Integer, Integer> second = new PendingItem<>(batcher, 2, 0, null, null);

    public BatchLineLincheckTest() {
        first.dueNanos = 1;
        second.dueNanos = 1;
    }

    @Operation(runOnce = true)
    public boolean addFirst() {
        return line.add(first, 0) != BatchLine.CLOSED;
    }

    @Operation(runOnce = true)
    public boolean addSecond() {
        return line.add(second, 0) != BatchLine.CLOSED;
    }

    @Operation
    public String leave() {
        return line.giveUp(first).toString();
    }

    /** By one thread at a time: to reserve a sender's place and to take its batch are two steps. */
    @Operation(nonParallelGroup = "sender")
    public String take() {
        if (line.look(1) != BatchLine.SEND) {
            return "none";
        }
        Sender<Integer, Integer> sender = new Sender<>(batcher);
        String items = line.take(sender, 1) ? sender.count + " from " + sender.first.item : "none";
        line.end(sender);
        line.leave();
        return items;
    }

    @Operation
    public void close() {
        line.close();
    }

    @Operation
    public String cut() {
        PendingItem<Integer, Integer> chain = line.cutWaiting(Outcome.cancelled(false, new InterruptedException()));
        return chain == null ? "none" : chain.item + (chain.previous == null ? "" : " and " + chain.previous.item);
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
