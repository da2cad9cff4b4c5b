package dev.weir.jcstress.sync;

import dev.weir.core.sync.AdaptiveLimit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZII_Result;

/** Two threads settle the same of two permits of an adaptive limit, one as refused. */
@JCStressTest
@Outcome(id = "true, false, 1, 10", expect = Expect.ACCEPTABLE, desc = "refused: the limit has fallen")
@Outcome(id = "false, true, 1, 20", expect = Expect.ACCEPTABLE, desc = "succeeded: the limit has not")
@Outcome(expect = Expect.FORBIDDEN, desc = "both settled it, or neither, or its permit came back twice")
@State
public class LimitPermitSettledTwice {
    private final AdaptiveLimit limit = AdaptiveLimit.aimd(1, 100).factor(0.5).build();
    private final AdaptiveLimit.Permit held = limit.tryAcquire().orElseThrow();
    private final AdaptiveLimit.Permit permit = limit.tryAcquire().orElseThrow();

    @Actor
    public void one(ZZII_Result result) {
        result.r1 = permit.refused();
    }

    @Actor
    public void two(ZZII_Result result) {
        result.r2 = permit.succeeded();
    }

    @Arbiter
    public void look(ZZII_Result result) {
        result.r3 = limit.inFlight();
        result.r4 = limit.limit();
        held.close();
    }
}
