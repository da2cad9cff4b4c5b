package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.jcstress.Uninterrupted;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** A thread waits in line for two permits, and another one asks for a single one without waiting while they come. */
@JCStressTest
@Outcome(id = "false, true, 0", expect = Expect.ACCEPTABLE, desc = "the waiter got its two, and the other the third")
@Outcome(
        id = "false, false, 1",
        expect = Expect.ACCEPTABLE,
        desc = "the waiter was still in line, so the third is left")
@Outcome(id = "true, .*", expect = Expect.FORBIDDEN, desc = "the waiter was overtaken and lost its permits")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was given twice, or to nobody")
@State
public class FastPathBehindWaiter {
    private final StressClock time = new StressClock();
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1).withBurst(3))
            .initialPermits(0)
            .timeSource(time)
            .build();

    @Actor
    public void acquire() {
        Uninterrupted.run(() -> bucket.acquire(2));
    }

    @Actor
    public void tryAcquire(ZZI_Result result) {
        while (bucket.metrics().waiters() == 0) {
            Thread.onSpinWait();
        }
        time.set(2_000_000_000L);
        result.r1 = bucket.tryAcquire();
        time.set(3_000_000_000L);
        result.r2 = bucket.tryAcquire();
    }

    @Arbiter
    public void count(ZZI_Result result) {
        int left = 0;
        while (bucket.tryAcquire()) {
            left++;
        }
        result.r3 = left;
    }
}
