package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import dev.weir.jcstress.Uninterrupted;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * The worker of a stream with room for two results puts one while the taker takes the one before, and goes to wait for
 * this one: it is the only result that wakes the taker, so if it does not, both wait for ever.
 */
@JCStressTest
@Outcome(id = "36", expect = Expect.ACCEPTABLE, desc = "all results came")
@Outcome(expect = Expect.FORBIDDEN, desc = "a result was lost")
@State
public class StreamWakesForNextResult {
    private volatile Runnable worker;

    @Actor
    public void take(I_Result result) {
        result.r1 = Uninterrupted.getVirtually(() ->
                FanOut.over(List.of(1, 2, 3, 4, 5, 6, 7, 8)).concurrency(1).buffer(1).on(task -> worker = task).stream(
                        item -> item, results -> results.mapToInt(i -> i).sum()));
    }

    @Actor
    public void work() {
        while (worker == null) {
            Thread.onSpinWait();
        }
        worker.run();
    }
}
