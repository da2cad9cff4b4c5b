package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** A request of a higher priority comes while the permit of the one that waits comes. */
@JCStressTest
@Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "the permit came before the higher request")
@Outcome(id = "false, true, 1", expect = Expect.ACCEPTABLE, desc = "the higher request came before the permit")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or given twice, or somebody is not in the line")
@State
public class HigherPriorityOrGrant {
    private final StressClock time = new StressClock();
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(2))
            .priorities()
            .initialPermits(0)
            .timeSource(time)
            .build();
    private final CompletableFuture<?> low = bucket.acquireAsync();
    private CompletableFuture<?> high;

    @Actor
    public void ask() {
        high = bucket.withPriority(1).acquireAsync();
    }

    @Actor
    public void grant() {
        bucket.refund(1);
    }

    @Arbiter
    public void look(ZZI_Result result) {
        time.runDue(); // of a request that came first into an empty line
        result.r1 = low.isDone();
        result.r2 = high.isDone();
        result.r3 = bucket.metrics().waiters();
    }
}
