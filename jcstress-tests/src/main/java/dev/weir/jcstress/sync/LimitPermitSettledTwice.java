package dev.weir.jcstress.sync;

import dev.weir.core.sync.AdaptiveLimit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Two threads settle the same of two permits of an adaptive limit, one as refused. */
@JCStressTest
@Outcome(id = "true, false, 110", expect = Expect.ACCEPTABLE, desc = "refused: the limit has fallen")
@Outcome(id = "false, true, 120", expect = Expect.ACCEPTABLE, desc = "succeeded: the limit has not")
@Outcome(expect = Expect.FORBIDDEN, desc = "both settled it, or neither, or its permit came back twice")
@State
public class LimitPermitSettledTwice {
    private final AdaptiveLimit limit = AdaptiveLimit.aimd(1, 100).factor(0.5).build();
    private final AdaptiveLimit.Permit held = limit.tryAcquire().orElseThrow();
    private final AdaptiveLimit.Permit permit = limit.tryAcquire().orElseThrow();

    @Actor
    public void one(ZZI_Result result) {
        result.r1 = permit.refused();
    }

    @Actor
    public void two(ZZI_Result result) {
        result.r2 = permit.succeeded();
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r3 = 100 * limit.inFlight() + limit.limit();
        held.close();
    }
}
