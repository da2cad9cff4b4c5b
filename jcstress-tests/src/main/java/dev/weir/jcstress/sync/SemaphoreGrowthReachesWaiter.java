package dev.weir.jcstress.sync;

import dev.weir.core.sync.ResizableSemaphore;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A thread comes for a permit while the semaphore grows by it. */
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "got it, whether it had to wait or not")
@Outcome(id = "false, 1", expect = Expect.FORBIDDEN, desc = "the wakeup was lost")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or made")
@State
public class SemaphoreGrowthReachesWaiter {
    private static final Duration LOST = Duration.ofSeconds(10);

    private final ResizableSemaphore semaphore = ResizableSemaphore.fair(0);

    @Actor
    public void acquire(ZI_Result result) {
        result.r1 = Uninterrupted.call(() -> semaphore.tryAcquire(LOST));
    }

    @Actor
    public void grow() {
        semaphore.resize(1);
    }

    @Arbiter
    public void look(ZI_Result result) {
        result.r2 = semaphore.available();
    }
}
