package dev.weir.jcstress.retry;

import dev.weir.jcstress.StressClock;
import dev.weir.retry.Hedge;
import dev.weir.retry.RetryBudget;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZID_Result;

/** The hedge comes due while the first attempt ends. One token is there, and every winner adds half of one. */
@JCStressTest
@Outcome(
        id = "true, 1, 1.0",
        expect = Expect.ACCEPTABLE,
        desc = "the first won without a hedge: it was not paid, or what it paid came back")
@Outcome(id = "true, 2, 0.5", expect = Expect.ACCEPTABLE, desc = "one of two won; the hedge was paid")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "two winners or none, a token lost, or an attempt that runs after the return")
@State
public class HedgeHasOneWinner {
    private final StressClock time = new StressClock();
    private final RetryBudget budget = RetryBudget.tokens(1, 0.5);
    private final Hedge hedge =
            Hedge.after(Duration.ofNanos(1_000)).budget(budget).timeSource(time).build();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();

    private int attempt() {
        int number = started.incrementAndGet();
        running.incrementAndGet();
        // Ends about when the hedge has been paid, and its thread begins.
        for (int i = 0; i < 1_000 && budget.available() == 1; i++) {
            Thread.onSpinWait();
        }
        running.decrementAndGet();
        return number;
    }

    @Actor
    public void call(ZID_Result result) {
        try {
            int winner = hedge.call(this::attempt);
            result.r1 = winner == 1 || winner == 2;
            result.r2 = running.get() == 0 ? 0 : -1;
        } catch (InterruptedException impossible) {
            result.r2 = -1;
        }
    }

    @Actor
    public void expire() {
        time.set(1_000);
    }

    @Arbiter
    public void look(ZID_Result result) {
        result.r2 += started.get();
        result.r3 = budget.available();
    }
}
