package dev.weir.jcstress.retry;

import dev.weir.retry.Hedge;
import dev.weir.retry.RetryBudget;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZID_Result;

/** The first attempt and its hedge are released at the same moment. */
@JCStressTest
@Outcome(id = "true, 0, 0.5", expect = Expect.ACCEPTABLE, desc = "one of the two won, and both had ended")
@Outcome(expect = Expect.FORBIDDEN, desc = "two winners or none, or an attempt that runs after the return")
@State
public class HedgeHasOneWinner {
    // One token, which the hedge takes; every winner would add half of one.
    private final RetryBudget budget = RetryBudget.tokens(1, 0.5);
    private final Hedge hedge = Hedge.after(Duration.ZERO).budget(budget).build();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final CountDownLatch release = new CountDownLatch(1);

    @Actor
    public void call(ZID_Result result) {
        try {
            int winner = hedge.call(() -> {
                int number = started.incrementAndGet();
                running.incrementAndGet();
                try {
                    release.await();
                    return number;
                } finally {
                    running.decrementAndGet();
                }
            });
            result.r1 = winner == 1 || winner == 2;
            result.r2 = running.get();
        } catch (InterruptedException impossible) {
            result.r2 = -1;
        }
    }

    @Actor
    public void release() {
        while (started.get() < 2) {
            Thread.onSpinWait();
        }
        release.countDown();
    }

    @Arbiter
    public void look(ZID_Result result) {
        result.r3 = budget.available();
    }
}
