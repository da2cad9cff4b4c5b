package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A permit is refunded while another thread takes one that is there, so that both change the level. */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "one was taken, and one came back")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted")
@State
public class AdmitWhileRefunded {
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(3))
            .initialPermits(1)
            .timeSource(new StressClock())
            .build();

    @Actor
    public void admit(ZI_Result result) {
        result.r1 = bucket.tryAcquire();
    }

    @Actor
    public void refund() {
        bucket.refund(1);
    }

    @Arbiter
    public void look(ZI_Result result) {
        result.r2 = (int) bucket.drain();
    }
}
