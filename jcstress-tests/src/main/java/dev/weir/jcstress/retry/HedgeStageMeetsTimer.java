package dev.weir.jcstress.retry;

import dev.weir.jcstress.StressClock;
import dev.weir.retry.Hedge;
import dev.weir.retry.RetryBudget;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZD_Result;

/**
 * The first attempt's stage completes while the hedge comes due. One token is there, and the winner adds half of one.
 */
@JCStressTest
@Outcome(
        id = "true, true, 1.0",
        expect = Expect.ACCEPTABLE,
        desc = "no hedge: it was not paid, or what it paid came back")
@Outcome(id = "true, true, 0.5", expect = Expect.ACCEPTABLE, desc = "a hedge was paid, made and cancelled")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "the first attempt's result got lost, a hedge runs on, or tokens are lost or made")
@State
public class HedgeStageMeetsTimer {
    private final StressClock time = new StressClock();
    private final RetryBudget budget = RetryBudget.tokens(1, 0.5);
    private final AtomicReferenceArray<CompletableFuture<String>> stages = new AtomicReferenceArray<>(2);
    private final CompletableFuture<String> first = new CompletableFuture<>();
    private final CompletableFuture<String> call = Hedge.after(Duration.ofNanos(1_000))
            .budget(budget)
            .timeSource(time)
            .build()
            .callAsync(this::attempt);

    private CompletableFuture<String> attempt() {
        if (stages.compareAndSet(0, null, first)) {
            return first;
        }
        CompletableFuture<String> hedge = new CompletableFuture<>();
        stages.set(1, hedge);
        return hedge;
    }

    @Actor
    public void complete() {
        first.complete("first");
    }

    @Actor
    public void expire() {
        time.set(1_000);
        time.runDue();
    }

    @Arbiter
    public void look(ZZD_Result result) {
        CompletableFuture<String> hedge = stages.get(1);
        result.r1 = "first".equals(call.getNow("none"));
        result.r2 = hedge == null || hedge.isCancelled();
        result.r3 = budget.available();
    }
}
