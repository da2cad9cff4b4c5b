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
import org.openjdk.jcstress.infra.results.IID_Result;

/** Two threads fail, and there is one token for a retry. */
@JCStressTest
@Outcome(
        id = {"2, 1, 0.0", "1, 2, 0.0"},
        expect = Expect.ACCEPTABLE,
        desc = "one retried, and the token is gone")
@Outcome(expect = Expect.FORBIDDEN, desc = "overspent, or a token lost")
@State
public class LastTokenPaysOneRetry {
    private final RetryBudget budget = RetryBudget.tokens(1, 0);
    private final Retry retry = Retry.of(RetryPolicy.builder()
            .maxAttempts(2)
            .backoff(Backoff.none())
            .budget(budget)
            .build());

    private int attempts() {
        try {
            return retry.attempt(() -> {
                        throw new IllegalStateException();
                    })
                    .attempts();
        } catch (InterruptedException impossible) {
            return -1;
        }
    }

    @Actor
    public void one(IID_Result result) {
        result.r1 = attempts();
    }

    @Actor
    public void two(IID_Result result) {
        result.r2 = attempts();
    }

    @Arbiter
    public void left(IID_Result result) {
        result.r3 = budget.available();
    }
}
