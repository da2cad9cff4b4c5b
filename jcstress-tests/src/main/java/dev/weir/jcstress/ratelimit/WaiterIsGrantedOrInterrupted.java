package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A thread waits for a permit and is interrupted while the permit comes. */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "granted, and the permit is gone")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "interrupted, and the permit is there")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "the interrupted waiter kept its permit")
@Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "the permit was given twice")
@State
public class WaiterIsGrantedOrInterrupted {
    private final StressClock time = new StressClock();
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1))
            .initialPermits(0)
            .timeSource(time)
            .build();
    private volatile Thread waiter;

    @Actor
    public void acquire(ZZ_Result result) {
        waiter = Thread.currentThread();
        try {
            bucket.acquire();
            result.r1 = true;
        } catch (InterruptedException expected) {
            result.r1 = false;
        }
        waiter = null;
        Thread.interrupted(); // the thread is jcstress's own
    }

    @Actor
    public void grantAndInterrupt() {
        time.set(1_000_000_000);
        Thread thread = waiter;
        if (thread != null) {
            thread.interrupt();
        }
    }

    @Arbiter
    public void look(ZZ_Result result) {
        result.r2 = bucket.tryAcquire();
    }
}
