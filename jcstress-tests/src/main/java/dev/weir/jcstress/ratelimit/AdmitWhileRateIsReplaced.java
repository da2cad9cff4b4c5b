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

/** The rate is replaced, by one of another resolution, while another thread takes a permit. */
@JCStressTest
@Outcome(id = "true, 4", expect = Expect.ACCEPTABLE, desc = "one of the five was taken, before or after")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was refused that was there, or one was lost or minted")
@State
public class AdmitWhileRateIsReplaced {
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(8))
            .initialPermits(5)
            .timeSource(new StressClock())
            .build();

    @Actor
    public void admit(ZI_Result result) {
        result.r1 = bucket.tryAcquire();
    }

    @Actor
    public void replace() {
        bucket.replaceRate(Rate.perMinute(1_000_003));
    }

    @Arbiter
    public void look(ZI_Result result) {
        result.r2 = (int) bucket.drain();
    }
}
