package dev.weir.jcstress.remote;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.Lease;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJ_Result;

/** A permit that was fetched in advance comes back while another caller asks for one. */
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "it came first")
@Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "it came too late, and is there for the next")
@Outcome(expect = Expect.FORBIDDEN, desc = "the permit was lost or doubled")
@State
public class LeasedPermitComesBack {
    private final RemoteRateLimiter limiter = RemoteRateLimiter.builder(StressBuckets.of(2), "key", Rate.perHour(3))
            .timeSource(new StressClock())
            .lease(Lease.upTo(1, Duration.ofSeconds(1)))
            .build();

    public LeasedPermitComesBack() {
        limiter.tryAcquire();
        limiter.tryAcquire(); // what was fetched besides
    }

    @Actor
    public void take(ZJ_Result result) {
        result.r1 = limiter.tryAcquire();
    }

    @Actor
    public void giveBack() {
        limiter.refund(1);
    }

    @Arbiter
    public void look(ZJ_Result result) {
        result.r2 = limiter.drain();
    }
}
