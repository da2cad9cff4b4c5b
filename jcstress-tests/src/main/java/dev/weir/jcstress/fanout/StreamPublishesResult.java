package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import dev.weir.jcstress.Uninterrupted;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** The other actor is the worker of a stream with room for one result, and writes a plain field in each task. */
@JCStressTest
@Outcome(id = "1, 2, 3", expect = Expect.ACCEPTABLE, desc = "with each result comes what its task wrote")
@Outcome(expect = Expect.FORBIDDEN, desc = "a result came without what its task wrote, or in another order")
@State
public class StreamPublishesResult {
    private final int[] written = new int[4];
    private volatile Runnable worker;

    @Actor
    public void take(III_Result result) {
        int[] seen = Uninterrupted.getVirtually(() -> FanOut.over(List.of(1, 2, 3))
                .concurrency(1)
                .buffer(0)
                .on(task -> worker = task)
                .orderedStream(
                        this::task, results -> results.mapToInt(i -> written[i]).toArray()));
        result.r1 = seen[0];
        result.r2 = seen[1];
        result.r3 = seen[2];
    }

    private int task(int item) {
        written[item] = item;
        return item;
    }

    @Actor
    public void work() {
        while (worker == null) {
            Thread.onSpinWait();
        }
        worker.run();
    }
}
