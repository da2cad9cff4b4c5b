package dev.weir.jcstress.remote;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** Two callers ask at once, so that one of them goes along with the trip after the other's. */
@JCStressTest
@Outcome(id = "true, false, false", expect = Expect.ACCEPTABLE, desc = "the first got the permit")
@Outcome(id = "false, true, false", expect = Expect.ACCEPTABLE, desc = "the second got it")
@Outcome(expect = Expect.FORBIDDEN, desc = "a caller was forgotten until its time-out, or both got the permit")
@State
public class RemoteCallersMeet {
    private final RemoteRateLimiter limiter = RemoteRateLimiter.builder(StressBuckets.of(1), "key", Rate.perHour(1))
            .timeout(Duration.ofSeconds(30))
            .build();

    @Actor
    public void first(ZZZ_Result result) {
        result.r1 = limiter.tryAcquire();
    }

    @Actor
    public void second(ZZZ_Result result) {
        result.r2 = limiter.tryAcquire();
    }

    @Arbiter
    public void look(ZZZ_Result result) {
        result.r3 = limiter.remoteMetrics().unavailable();
    }
}
