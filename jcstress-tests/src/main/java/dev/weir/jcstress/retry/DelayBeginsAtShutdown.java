package dev.weir.jcstress.retry;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryBudget;
import dev.weir.retry.RetryPolicy;
import dev.weir.retry.RetryScope;
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

/** The delay of a run begins while its scope is shut down. */
@JCStressTest
@Outcome(id = "true, 1, 1.0", expect = Expect.ACCEPTABLE, desc = "ended, and what the budget has paid is given back")
@Outcome(expect = Expect.FORBIDDEN, desc = "the delay goes on for ever, or another attempt was made")
@State
public class DelayBeginsAtShutdown {
    private static final long LONGEST_NANOS = 5_000_000_000L;

    private final ManualTimeSource time = new ManualTimeSource();
    private final RetryScope scope = new RetryScope();
    private final RetryBudget budget = RetryBudget.tokens(1, 0);
    private final AtomicInteger attempts = new AtomicInteger();
    private final CompletableFuture<String> first = new CompletableFuture<>();
    private final CompletableFuture<String> run = Retry.builder(RetryPolicy.builder()
                    .backoff(Backoff.fixed(Duration.ofHours(1)))
                    .budget(budget)
                    .build())
            .timeSource(time)
            .build()
            .within(scope)
            .callAsync(() -> {
                attempts.incrementAndGet();
                return first;
            });

    @Actor
    public void fail() {
        first.completeExceptionally(new IllegalStateException());
    }

    @Actor
    public void shutDown() {
        scope.shutdown();
    }

    @Arbiter
    public void look(ZID_Result result) {
        for (long start = System.nanoTime(); !run.isDone() && System.nanoTime() - start < LONGEST_NANOS; ) {
            Thread.yield(); // a virtual thread completes it
        }
        result.r1 = run.isCompletedExceptionally() && time.waiters() == 0;
        result.r2 = attempts.get();
        result.r3 = budget.available();
    }
}
