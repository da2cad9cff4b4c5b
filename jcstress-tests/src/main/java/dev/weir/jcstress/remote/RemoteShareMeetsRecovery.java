package dev.weir.jcstress.remote;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.OutagePolicy;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJ_Result;

/**
 * The store is found to be back while a caller is answered by the local share: its permit is taken once, there or here.
 */
@JCStressTest
@Outcome(id = "true, 9", expect = Expect.ACCEPTABLE, desc = "admitted, and taken from the store")
@Outcome(expect = Expect.FORBIDDEN, desc = "refused, or what the share has admitted was not taken or taken twice")
@State
public class RemoteShareMeetsRecovery {
    private final StressClock time = new StressClock();
    private final StressBuckets buckets = StressBuckets.of(10);
    private final RemoteRateLimiter limiter = RemoteRateLimiter.builder(buckets, "key", Rate.perSecond(10))
            .timeSource(time)
            .onOutage(OutagePolicy.localShare(1))
            .build();

    public RemoteShareMeetsRecovery() {
        buckets.fail(true);
        limiter.tryAcquire();
        buckets.fail(false);
        time.set(100_000_000); // there is a permit of the share, and the probe is due
    }

    @Actor
    public void probe() {
        time.runDue();
    }

    @Actor
    public void take(ZJ_Result result) {
        result.r1 = limiter.tryAcquire();
    }

    @Arbiter
    public void look(ZJ_Result result) {
        result.r2 = buckets.permits();
    }
}
