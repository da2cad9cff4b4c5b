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

/** A key is evicted, because its bucket is full, while a thread takes all of its permits. */
@JCStressTest
@Outcome(id = "true, false, [01]", expect = Expect.ACCEPTABLE, desc = "the permits were taken, and are gone")
@Outcome(expect = Expect.FORBIDDEN, desc = "permits were refused that were there, or eviction made them be forgotten")
@State
public class AdmitOrEvict {
    private final KeyedRateLimiter<String> limiter = KeyedRateLimiter.<String>builder(Rate.perSecond(2))
            .timeSource(new StressClock())
            .build();

    public AdmitOrEvict() {
        limiter.tryAcquire("key", 2);
        limiter.refund("key", 2);
    }

    @Actor
    public void admit(ZZI_Result result) {
        result.r1 = limiter.tryAcquire("key", 2);
    }

    @Actor
    public void evict(ZZI_Result result) {
        result.r3 = limiter.evictFull();
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r2 = limiter.tryAcquire("key");
    }
}
