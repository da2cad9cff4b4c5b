package dev.weir.jcstress.retry;

import dev.weir.jcstress.Uninterrupted;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryBudget;
import dev.weir.retry.RetryPolicy;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ID_Result;

/** A retry takes a token of two while a success adds half of one. */
@JCStressTest
@Outcome(id = "2, 1.5", expect = Expect.ACCEPTABLE, desc = "retried, and the half was added")
@Outcome(expect = Expect.FORBIDDEN, desc = "a token lost, or made up")
@State
public class RetryTakesWhileSuccessAdds {
    private final RetryBudget budget = RetryBudget.tokens(4, 0.5);
    private final Retry retry = Retry.of(RetryPolicy.builder()
            .maxAttempts(2)
            .backoff(Backoff.none())
            .budget(budget)
            .build());

    public RetryTakesWhileSuccessAdds() {
        fail();
        fail();
    }

    private int fail() {
        return Uninterrupted.get(() -> retry.attempt(() -> {
                    throw new IllegalStateException();
                })
                .attempts());
    }

    @Actor
    public void fail(ID_Result result) {
        result.r1 = fail();
    }

    @Actor
    public void succeed() {
        Uninterrupted.run(() -> retry.run(() -> {}));
    }

    @Arbiter
    public void left(ID_Result result) {
        result.r2 = budget.available();
    }
}
