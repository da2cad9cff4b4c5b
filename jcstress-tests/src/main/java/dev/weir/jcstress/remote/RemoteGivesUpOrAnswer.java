package dev.weir.jcstress.remote;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** The time of a caller is over while the answer comes, perhaps before its request is sent altogether. */
@JCStressTest
@Outcome(id = "true, true, 1", expect = Expect.ACCEPTABLE, desc = "in time: granted")
@Outcome(id = "false, true, 2", expect = Expect.ACCEPTABLE, desc = "too late: refused, and given back")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or doubled, or the next caller was not answered")
@State
public class RemoteGivesUpOrAnswer {
    private final StressClock time = new StressClock();
    private final StressBuckets buckets = StressBuckets.thatHoldsBack(3);
    private final RemoteRateLimiter limiter = RemoteRateLimiter.builder(buckets, "key", Rate.perHour(3))
            .timeSource(time)
            .build();

    @Actor
    public void ask(ZZJ_Result result) {
        result.r1 = limiter.tryAcquire();
    }

    @Actor
    public void answer() {
        buckets.awaitRequest();
        time.set(500_000_000);
        buckets.answer();
    }

    @Arbiter
    public void look(ZZJ_Result result) {
        result.r2 = limiter.tryAcquire();
        result.r3 = buckets.permits();
    }
}
