package dev.weir.jcstress.sync;

import dev.weir.core.sync.ResizableSemaphore;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two threads want the last permit of a semaphore. */
@JCStressTest
@Outcome(
        id = {"true, false", "false, true"},
        expect = Expect.ACCEPTABLE,
        desc = "one got it")
@Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "it was given twice")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "it was given to nobody")
@State
public class SemaphoreLastPermit {
    private final ResizableSemaphore semaphore = ResizableSemaphore.unfair(1);

    @Actor
    public void one(ZZ_Result result) {
        result.r1 = semaphore.tryAcquire();
    }

    @Actor
    public void two(ZZ_Result result) {
        result.r2 = semaphore.tryAcquire();
    }
}
