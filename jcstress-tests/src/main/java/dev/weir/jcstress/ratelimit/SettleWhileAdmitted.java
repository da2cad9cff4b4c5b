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
import org.openjdk.jcstress.infra.results.ZI_Result;

/** An estimate of three permits is settled to one while another thread asks for three, of which there are two. */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "the one that asked came after the settlement")
@Outcome(id = "false, 4", expect = Expect.ACCEPTABLE, desc = "the one that asked came before")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted")
@State
public class SettleWhileAdmitted {
    private final TokenBucket bucket =
            TokenBucket.builder(Rate.perSecond(5)).timeSource(new StressClock()).build();
    private final Settlement settlement = estimate();

    private Settlement estimate() {
        bucket.tryAcquire(3);
        return Settlement.of(bucket, 3);
    }

    @Actor
    public void settle() {
        settlement.settle(1);
    }

    @Actor
    public void admit(ZI_Result result) {
        result.r1 = bucket.tryAcquire(3);
    }

    @Arbiter
    public void look(ZI_Result result) {
        result.r2 = (int) bucket.drain();
    }
}
