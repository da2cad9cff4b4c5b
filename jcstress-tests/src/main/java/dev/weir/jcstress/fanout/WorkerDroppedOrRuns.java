package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import dev.weir.jcstress.Uninterrupted;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The executor drops the only worker, and cancels it, as a thread begins to run it. */
@JCStressTest
@Outcome(id = "1, 7", expect = Expect.ACCEPTABLE, desc = "it ran, and the result is there")
@Outcome(id = "0, -1", expect = Expect.ACCEPTABLE, desc = "it was dropped, and the call says so")
@Outcome(id = "1, -1", expect = Expect.ACCEPTABLE, desc = "it was dropped while it ran")
@Outcome(expect = Expect.FORBIDDEN, desc = "a result of an item that did not run, or one that ran twice")
@State
public class WorkerDroppedOrRuns {
    private volatile Runnable worker;
    private volatile boolean worked;
    private int runs;

    @Actor
    public void call(II_Result result) {
        FanOut<Integer> fanOut = FanOut.over(List.of(1)).on(this::drop);
        try {
            result.r2 = Uninterrupted.get(() -> fanOut.map(this::task)).get(0);
        } catch (CancellationException dropped) {
            result.r2 = -1;
        }
        while (!worked) {
            Thread.onSpinWait();
        }
        result.r1 = runs;
    }

    private int task(int item) {
        runs++;
        return 7;
    }

    private void drop(Runnable handed) {
        worker = handed;
        ((Future<?>) handed).cancel(false);
    }

    @Actor
    public void work() {
        while (worker == null) {
            Thread.onSpinWait();
        }
        worker.run();
        Thread.interrupted(); // the thread is jcstress's own
        worked = true;
    }
}
