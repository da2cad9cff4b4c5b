package dev.weir.jcstress.remote;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJ_Result;

/** Two calls fail at once: one outage begins, which one probe ends. */
@JCStressTest
@Outcome(id = "false, 3", expect = Expect.ACCEPTABLE, desc = "two calls and a probe")
@Outcome(id = "false, 2", expect = Expect.ACCEPTABLE, desc = "the second call was not sent any more")
@Outcome(expect = Expect.FORBIDDEN, desc = "the outage began twice or not at all, or did not end")
@State
public class RemoteFailuresMeet {
    private final StressClock time = new StressClock();
    private final StressBuckets buckets = StressBuckets.of(10);
    private final KeyedRemoteRateLimiter keyed = KeyedRemoteRateLimiter.builder(buckets, Rate.perHour(10))
            .timeSource(time)
            .build();
    private final RemoteRateLimiter one = keyed.forKey("one");
    private final RemoteRateLimiter other = keyed.forKey("other");

    public RemoteFailuresMeet() {
        buckets.fail(true);
    }

    @Actor
    public void first() {
        one.tryAcquire();
    }

    @Actor
    public void second() {
        other.tryAcquire();
    }

    @Arbiter
    public void look(ZJ_Result result) {
        buckets.fail(false);
        time.runAll();
        result.r1 = keyed.remoteMetrics().unavailable();
        result.r2 = keyed.remoteMetrics().trips();
    }
}
