package dev.weir.jcstress.remote;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** A call to the store times out while its answer comes, which says that the permit is taken. */
@JCStressTest
@Outcome(id = "true, false, 2", expect = Expect.ACCEPTABLE, desc = "in time: granted, and no outage")
@Outcome(id = "false, true, 3", expect = Expect.ACCEPTABLE, desc = "too late: refused, and given back")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted, or the answer counted in part")
@State
public class RemoteAnswerOrTimeout {
    private final StressClock time = new StressClock();
    private final StressBuckets buckets = StressBuckets.thatHoldsBack(3);
    private final RemoteRateLimiter limiter = RemoteRateLimiter.builder(buckets, "key", Rate.perHour(3))
            .timeSource(time)
            .build();
    private final CompletableFuture<?> future = limiter.acquireAsync();

    public RemoteAnswerOrTimeout() {
        time.set(500_000_000);
    }

    @Actor
    public void answer() {
        buckets.answer();
    }

    @Actor
    public void timeOut() {
        time.runDue();
    }

    @Arbiter
    public void look(ZZJ_Result result) {
        result.r1 = future.isDone() && !future.isCompletedExceptionally();
        result.r2 = limiter.remoteMetrics().unavailable();
        result.r3 = buckets.permits();
    }
}
