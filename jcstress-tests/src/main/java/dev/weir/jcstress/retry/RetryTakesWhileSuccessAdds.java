package dev.weir.jcstress.retry;

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

/** A retry takes a token while a success adds half of one. */
@JCStressTest
@Outcome(id = "2, 0.5", expect = Expect.ACCEPTABLE, desc = "retried; the half was added after that")
@Outcome(id = "2, 0.0", expect = Expect.ACCEPTABLE, desc = "retried; the half found the budget full")
@Outcome(expect = Expect.FORBIDDEN, desc = "a token lost, or made up")
@State
public class RetryTakesWhileSuccessAdds {
    private final RetryBudget budget = RetryBudget.tokens(1, 0.5);
    private final Retry retry = Retry.of(RetryPolicy.builder()
            .maxAttempts(2)
            .backoff(Backoff.none())
            .budget(budget)
            .build());

    @Actor
    public void fail(ID_Result result) {
        try {
            result.r1 = retry.attempt(() -> {
                        throw new IllegalStateException();
                    })
                    .attempts();
        } catch (InterruptedException impossible) {
            result.r1 = -1;
        }
    }

    @Actor
    public void succeed() {
        try {
            retry.run(() -> {});
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Arbiter
    public void left(ID_Result result) {
        result.r2 = budget.available();
    }
}
