package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import dev.weir.jcstress.Uninterrupted;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/** Two workers write plain fields, and the caller reads them when the call returns. */
@JCStressTest
@Outcome(id = "1, 2, true", expect = Expect.ACCEPTABLE, desc = "each worker did one item, and the caller sees both")
@Outcome(id = "1, 2, false", expect = Expect.ACCEPTABLE, desc = "the first worker did both before the other one came")
@Outcome(expect = Expect.FORBIDDEN, desc = "the call returned before a task had ended, or without what it wrote")
@State
public class ResultsArePublished {
    private Thread caller;
    private boolean started;
    private int first;
    private int second;
    private boolean shared;
    private volatile Runnable secondWorker;
    private volatile boolean bothWork;

    @Actor
    public void call(IIZ_Result result) {
        caller = Thread.currentThread();
        FanOut<Integer> fanOut = FanOut.over(List.of(1, 2)).concurrency(2).on(this::start);
        Uninterrupted.get(() -> fanOut.map(this::task));
        result.r1 = first;
        result.r2 = second;
        result.r3 = shared;
    }

    @Actor
    public void work() {
        while (secondWorker == null) {
            Thread.onSpinWait();
        }
        bothWork = true;
        secondWorker.run();
    }

    /** The caller's thread is the first worker, and the other actor's the second. */
    private void start(Runnable worker) {
        if (!started) {
            started = true;
            worker.run();
        } else {
            secondWorker = worker;
        }
    }

    private int task(int item) {
        if (item == 1) {
            while (!bothWork) {
                Thread.onSpinWait();
            }
            first = 1;
        } else {
            shared = Thread.currentThread() != caller;
            second = 2;
        }
        return item;
    }
}
