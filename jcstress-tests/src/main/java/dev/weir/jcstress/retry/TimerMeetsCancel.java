package dev.weir.jcstress.retry;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryBudget;
import dev.weir.retry.RetryPolicy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZID_Result;

/** A run is cancelled in a delay while its timer comes due. */
@JCStressTest
@Outcome(id = "true, 1, 1.0", expect = Expect.ACCEPTABLE, desc = "cancelled in the delay, whose token is given back")
@Outcome(id = "true, 2, 0.0", expect = Expect.ACCEPTABLE, desc = "cancelled when the second attempt had begun")
@Outcome(id = "false, 2, 0.0", expect = Expect.ACCEPTABLE, desc = "completed, and so it could not be cancelled")
@Outcome(expect = Expect.FORBIDDEN, desc = "incomplete, given back wrongly, or an attempt too many")
@State
public class TimerMeetsCancel {
    private final ManualTimeSource time = new ManualTimeSource();
    private final RetryBudget budget = RetryBudget.tokens(1, 0);
    private final AtomicInteger attempts = new AtomicInteger();
    private final CompletableFuture<String> run = Retry.builder(RetryPolicy.builder()
                    .backoff(Backoff.fixed(Duration.ofNanos(1)))
                    .budget(budget)
                    .build())
            .timeSource(time)
            .build()
            .callAsync(() -> attempts.incrementAndGet() == 1
                    ? CompletableFuture.failedFuture(new IllegalStateException())
                    : CompletableFuture.completedFuture("second"));

    @Actor
    public void cancel() {
        run.cancel(true);
    }

    @Actor
    public void advance() {
        time.advance(Duration.ofNanos(1));
    }

    @Arbiter
    public void look(ZID_Result result) {
        result.r1 = run.isCancelled();
        result.r2 = run.isDone() && time.waiters() == 0 ? attempts.get() : -1;
        result.r3 = budget.available();
    }
}
