package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.jcstress.Uninterrupted;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A thread waits for a permit with a timeout that ends at the very moment at which the permit comes. */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "granted, and the permit is gone")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "timed out, and the permit is there")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "the waiter timed out and kept its permit")
@Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "the permit was given twice")
@State
public class RefundlessTimeout {
    private final StressClock time = new StressClock();
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1))
            .initialPermits(0)
            .timeSource(time)
            .build();

    @Actor
    public void acquire(ZZ_Result result) {
        result.r1 = Uninterrupted.get(() -> bucket.tryAcquire(Duration.ofSeconds(1)));
    }

    @Actor
    public void tick() {
        time.set(1_000_000_000L);
    }

    @Arbiter
    public void look(ZZ_Result result) {
        result.r2 = bucket.tryAcquire();
    }
}
