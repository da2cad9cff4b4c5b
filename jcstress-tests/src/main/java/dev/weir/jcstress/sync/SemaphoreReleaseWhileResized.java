package dev.weir.jcstress.sync;

import dev.weir.core.sync.ResizableSemaphore;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A permit is released while the semaphore shrinks below what is held. */
@JCStressTest
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "one permit, and the other holder has it")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or made")
@State
public class SemaphoreReleaseWhileResized {
    private final ResizableSemaphore semaphore = ResizableSemaphore.unfair(2);

    public SemaphoreReleaseWhileResized() {
        semaphore.acquireUninterruptibly(2);
    }

    @Actor
    public void release() {
        semaphore.release();
    }

    @Actor
    public void resize() {
        semaphore.resize(1);
    }

    @Arbiter
    public void look(II_Result result) {
        result.r1 = semaphore.size();
        result.r2 = semaphore.available();
    }
}
