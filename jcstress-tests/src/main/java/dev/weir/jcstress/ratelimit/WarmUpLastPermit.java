package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.WarmUpLimiter;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two threads want the one permit that a cold limiter has. */
@JCStressTest
@Outcome(
        id = {"true, false", "false, true"},
        expect = Expect.ACCEPTABLE,
        desc = "one got it")
@Outcome(expect = Expect.FORBIDDEN, desc = "it was given twice, or to nobody")
@State
public class WarmUpLastPermit {

    private final StressClock time = new StressClock();
    private final RateLimiter limiter = WarmUpLimiter.builder(Rate.perSecond(1), Duration.ofSeconds(10))
            .timeSource(time)
            .build();

    public WarmUpLastPermit() {
        time.set(Duration.ofMinutes(1).toNanos());
    }

    @Actor
    public void one(ZZ_Result result) {
        result.r1 = limiter.tryAcquire();
    }

    @Actor
    public void two(ZZ_Result result) {
        result.r2 = limiter.tryAcquire();
    }
}
