package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import dev.weir.jcstress.Uninterrupted;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** Two contenders succeed at the same time. */
@JCStressTest
@Outcome(id = "1, true", expect = Expect.ACCEPTABLE, desc = "the first won, and nobody runs")
@Outcome(id = "2, true", expect = Expect.ACCEPTABLE, desc = "the second won, and nobody runs")
@Outcome(expect = Expect.FORBIDDEN, desc = "no winner, or a loser that runs after the return")
@State
public class RaceHasOneWinner {
    private final TwoActors actors = new TwoActors();
    private final AtomicInteger running = new AtomicInteger();

    @Actor
    public void call(IZ_Result result) {
        FanOut<Integer> fanOut = FanOut.over(List.of(1, 2)).concurrency(2).on(actors);
        result.r1 = Uninterrupted.get(() -> fanOut.firstSuccess(this::task));
        result.r2 = running.get() == 0;
        actors.callIsOver();
        Thread.interrupted();
    }

    @Actor
    public void work() {
        actors.workAsSecond();
    }

    private int task(int item) {
        running.incrementAndGet();
        actors.awaitSecond();
        running.decrementAndGet();
        return item;
    }
}
