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

/** The future of a request is cancelled while the store's answer comes that grants it. */
@JCStressTest
@Outcome(id = "true, false, 3", expect = Expect.ACCEPTABLE, desc = "cancelled: what was taken was given back")
@Outcome(id = "false, true, 2", expect = Expect.ACCEPTABLE, desc = "granted first, and the permit is gone")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted, or the future told something else")
@State
public class RemoteCancelOrAnswer {
    private final StressBuckets buckets = StressBuckets.thatHoldsBack(3);
    private final CompletableFuture<?> future = RemoteRateLimiter.builder(buckets, "key", Rate.perHour(3))
            .timeSource(new StressClock())
            .build()
            .acquireAsync();

    @Actor
    public void cancel(ZZJ_Result result) {
        result.r1 = future.cancel(true);
    }

    @Actor
    public void answer() {
        buckets.answer();
    }

    @Arbiter
    public void look(ZZJ_Result result) {
        result.r2 = !future.isCompletedExceptionally() && future.isDone();
        result.r3 = buckets.permits();
    }
}
