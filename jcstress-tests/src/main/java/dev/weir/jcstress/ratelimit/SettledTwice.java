package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.Settlement;
import dev.weir.ratelimit.TokenBucket;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Two threads settle the same estimate of four out of five permits. */
@JCStressTest
@Outcome(id = "true, false, 4", expect = Expect.ACCEPTABLE, desc = "it has cost one")
@Outcome(id = "false, true, 3", expect = Expect.ACCEPTABLE, desc = "it has cost two")
@Outcome(expect = Expect.FORBIDDEN, desc = "both settled it, or neither, or a permit was lost or minted")
@State
public class SettledTwice {
    private final TokenBucket bucket =
            TokenBucket.builder(Rate.perSecond(5)).timeSource(new StressClock()).build();
    private final Settlement settlement = estimate();

    private Settlement estimate() {
        bucket.tryAcquire(4);
        return Settlement.of(bucket, 4);
    }

    @Actor
    public void one(ZZI_Result result) {
        result.r1 = settlement.settle(1);
    }

    @Actor
    public void two(ZZI_Result result) {
        result.r2 = settlement.settle(2);
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r3 = (int) bucket.drain();
    }
}
