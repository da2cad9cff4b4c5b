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
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two callers take the last permit that was fetched in advance. */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the first got it")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the second got it")
@Outcome(expect = Expect.FORBIDDEN, desc = "both got it, or it was lost")
@State
public class LeasedPermitGoesToOne {
    private final RemoteRateLimiter limiter = RemoteRateLimiter.builder(StressBuckets.of(2), "key", Rate.perHour(3))
            .timeSource(new StressClock())
            .lease(Lease.upTo(1, Duration.ofSeconds(1)))
            .build();

    public LeasedPermitGoesToOne() {
        limiter.tryAcquire(); // and fetches the other
    }

    @Actor
    public void first(ZZ_Result result) {
        result.r1 = limiter.tryAcquire();
    }

    @Actor
    public void second(ZZ_Result result) {
        result.r2 = limiter.tryAcquire();
    }

    @Arbiter
    public void look(ZZ_Result result) {
        if (limiter.remoteMetrics().unavailable()) {
            throw new AssertionError("a caller was forgotten");
        }
    }
}
