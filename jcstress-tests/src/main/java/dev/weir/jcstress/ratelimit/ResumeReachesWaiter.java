package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A request enters the line of a paused limiter while another thread ends the pause. */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "the request has its permit, and the limiter is open")
@Outcome(expect = Expect.FORBIDDEN, desc = "the request waits although there is no pause, or the gate stays closed")
@State
public class ResumeReachesWaiter {
    private final StressClock time = new StressClock();
    private final TokenBucket bucket = paused();
    private CompletableFuture<Void> request;

    private TokenBucket paused() {
        TokenBucket bucket =
                TokenBucket.builder(Rate.perSecond(2)).timeSource(time).build();
        bucket.pauseFor(Duration.ofHours(1));
        return bucket;
    }

    @Actor
    public void ask() {
        request = bucket.acquireAsync();
    }

    @Actor
    public void resume() {
        bucket.resume();
    }

    @Arbiter
    public void look(ZZ_Result result) {
        time.runDue(); // of a request that has entered the line after the pause: it is due at once
        result.r1 = request.isDone();
        result.r2 = bucket.tryAcquire();
    }
}
