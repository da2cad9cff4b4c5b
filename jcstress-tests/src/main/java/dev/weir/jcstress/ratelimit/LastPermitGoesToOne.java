package dev.weir.jcstress.ratelimit;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two threads want the last permit. */
@JCStressTest
@Outcome(
        id = {"true, false", "false, true"},
        expect = Expect.ACCEPTABLE,
        desc = "one got it")
@Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "it was given twice")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "it was given to nobody")
@State
public class LastPermitGoesToOne {
    private final RateLimiter limiter = TokenBucket.builder(Rate.perSecond(1))
            .timeSource(new ManualTimeSource())
            .build();

    @Actor
    public void one(ZZ_Result result) {
        result.r1 = limiter.tryAcquire();
    }

    @Actor
    public void two(ZZ_Result result) {
        result.r2 = limiter.tryAcquire();
    }
}
