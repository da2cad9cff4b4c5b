package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Two threads ask for the last permit of a key that is new. */
@JCStressTest
@Outcome(
        id = {"true, false, 1", "false, true, 1"},
        expect = Expect.ACCEPTABLE,
        desc = "one has it, of the one bucket")
@Outcome(expect = Expect.FORBIDDEN, desc = "the key had two buckets, or none")
@State
public class NewKeyGetsOneBucket {
    private final KeyedRateLimiter<String> limiter = KeyedRateLimiter.<String>builder(Rate.perSecond(1))
            .timeSource(new StressClock())
            .build();

    @Actor
    public void one(ZZI_Result result) {
        result.r1 = limiter.tryAcquire("key");
    }

    @Actor
    public void other(ZZI_Result result) {
        result.r2 = limiter.tryAcquire("key");
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r3 = limiter.size();
    }
}
