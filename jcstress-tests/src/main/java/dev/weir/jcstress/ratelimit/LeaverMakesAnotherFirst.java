package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * A request of a tenant is cancelled that is not the first of all, while a permit comes that is enough for the one
 * behind it.
 */
@JCStressTest
@Outcome(id = "true, false, 0", expect = Expect.ACCEPTABLE, desc = "the tenant's next is the first, and has the permit")
@Outcome(expect = Expect.FORBIDDEN, desc = "nobody looked at the new first, or a permit was lost or made")
@State
public class LeaverMakesAnotherFirst {
    private final StressClock time = new StressClock();
    private final TokenBucket bucket = TokenBucket.builder(Rate.perHour(1).withBurst(10))
            .fairShares()
            .initialPermits(0)
            .timeSource(time)
            .build();
    private final CompletableFuture<?> large = bucket.forTenant("a").acquireAsync(9);
    private final CompletableFuture<?> small = bucket.forTenant("a").acquireAsync(1);
    private final CompletableFuture<?> other = bucket.forTenant("b").acquireAsync(4);

    @Actor
    public void leave() {
        large.cancel(true);
    }

    @Actor
    public void grant() {
        bucket.refund(1);
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r1 = small.isDone();
        result.r2 = other.isDone();
        other.cancel(true);
        result.r3 = (int) bucket.drain();
    }
}
