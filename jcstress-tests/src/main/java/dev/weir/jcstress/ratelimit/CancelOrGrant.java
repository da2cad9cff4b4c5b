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

/** The future of a request that waits is cancelled while its permit comes. */
@JCStressTest
@Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "cancelled: the permit is there, or was given back")
@Outcome(id = "false, true, 0", expect = Expect.ACCEPTABLE, desc = "granted first, and the permit is gone")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted, or the future told something else")
@State
public class CancelOrGrant {
    private final StressClock time = new StressClock();
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(2))
            .initialPermits(0)
            .timeSource(time)
            .build();
    private final CompletableFuture<?> future = bucket.acquireAsync();

    @Actor
    public void cancel(ZZI_Result result) {
        result.r1 = future.cancel(true);
    }

    @Actor
    public void grant() {
        bucket.refund(1);
        time.runDue();
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r2 = !future.isCompletedExceptionally() && future.isDone();
        result.r3 = (int) bucket.drain();
    }
}
