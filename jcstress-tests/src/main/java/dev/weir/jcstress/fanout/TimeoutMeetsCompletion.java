package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import dev.weir.jcstress.StressClock;
import dev.weir.jcstress.Uninterrupted;
import java.time.Duration;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZZ_Result;

/** An item ends while its time is up. The actor that calls does the work, and must not keep the interrupt. */
@JCStressTest
@Outcome(
        id = "1, true, false",
        expect = Expect.ACCEPTABLE,
        desc = "it ended in time; the next item was not interrupted")
@Outcome(
        id = "-1, true, false",
        expect = Expect.ACCEPTABLE,
        desc = "its time was up; the next item was not interrupted")
@Outcome(expect = Expect.FORBIDDEN, desc = "the interrupt reached the next item or the caller")
@State
public class TimeoutMeetsCompletion {
    private final StressClock time = new StressClock();
    private volatile boolean inFirst;
    private boolean nextInterrupted;

    private int task(int item) {
        if (item == 1) {
            inFirst = true;
            while (time.nanoTime() == 0) {
                Thread.onSpinWait();
            }
        } else {
            nextInterrupted = Thread.currentThread().isInterrupted();
        }
        return item;
    }

    @Actor
    public void call(IZZ_Result result) {
        FanOut<Integer> fanOut = FanOut.over(List.of(1, 2))
                .concurrency(1)
                .on(Runnable::run)
                .timeoutEach(Duration.ofNanos(1_000))
                .timeSource(time);
        List<dev.weir.core.Outcome<Integer>> outcomes = Uninterrupted.get(() -> fanOut.outcomes(this::task));
        result.r1 = outcomes.get(0).orElse(-1);
        result.r2 = !nextInterrupted;
        result.r3 = Thread.interrupted();
    }

    @Actor
    public void expire() {
        while (!inFirst) {
            Thread.onSpinWait();
        }
        time.set(1_000);
        time.runDue();
    }
}
