package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.CombinedLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Two threads ask for the last permits of two limits, in opposite orders. */
@JCStressTest
@Outcome(
        id = {"true, false, 0", "false, true, 0"},
        expect = Expect.ACCEPTABLE,
        desc = "one has both")
@Outcome(id = "false, false, 2", expect = Expect.ACCEPTABLE, desc = "each saw the other's attempt, and all is refunded")
@Outcome(expect = Expect.FORBIDDEN, desc = "a limit was exceeded, or a refund lost or doubled")
@State
public class AllOfOrNone {
    private final TokenBucket first = bucket();
    private final TokenBucket second = bucket();
    private final CombinedLimiter oneWay = RateLimiter.allOf(first, second);
    private final CombinedLimiter otherWay = RateLimiter.allOf(second, first);

    private static TokenBucket bucket() {
        return TokenBucket.builder(Rate.perSecond(3))
                .initialPermits(1)
                .timeSource(new StressClock())
                .build();
    }

    @Actor
    public void one(ZZI_Result result) {
        result.r1 = oneWay.tryAcquire(1, 1);
    }

    @Actor
    public void other(ZZI_Result result) {
        result.r2 = otherWay.tryAcquire(1, 1);
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r3 = (int) (first.drain() + second.drain());
    }
}
