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
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** The future of a request whose permit is granted is cancelled while its jitter ends. */
@JCStressTest
@Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "cancelled, and the permit was given back")
@Outcome(id = "false, true, 0", expect = Expect.ACCEPTABLE, desc = "delivered first, and the permit is gone")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted, or the future says something else")
@State
public class CancelInTheJitter {
    private final StressClock time = new StressClock();
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(3))
            .initialPermits(0)
            .jitter(Duration.ofSeconds(1))
            .timeSource(time)
            .build();
    private final CompletableFuture<?> future = bucket.acquireAsync();

    public CancelInTheJitter() {
        bucket.refund(1); // grants it
    }

    @Actor
    public void cancel(ZZI_Result result) {
        result.r1 = future.cancel(true);
    }

    @Actor
    public void jitterEnds() {
        time.runAll();
    }

    @Arbiter
    public void count(ZZI_Result result) {
        result.r2 = !future.isCompletedExceptionally() && future.isDone();
        result.r3 = (int) bucket.drain();
    }
}
