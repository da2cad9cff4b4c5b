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

/** A permit is refunded while another thread asks for one. */
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "the one asked after the refund, and has it")
@Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "the one asked before, and the permit is there")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted")
@State
public class AdmitOrRefund {
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(2))
            .initialPermits(0)
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
