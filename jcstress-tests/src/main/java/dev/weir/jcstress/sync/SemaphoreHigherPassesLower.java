package dev.weir.jcstress.sync;

import dev.weir.core.sync.ResizableSemaphore;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** A call wants more permits than are free, and one of a higher priority wants those that are. */
@JCStressTest
@Outcome(id = "true, true, 3", expect = Expect.ACCEPTABLE, desc = "the higher one did not wait for the lower one")
@Outcome(expect = Expect.FORBIDDEN, desc = "a wakeup was lost, or a permit was lost or made")
@State
public class SemaphoreHigherPassesLower {
    private static final Duration LOST = Duration.ofSeconds(10);

    private final ResizableSemaphore semaphore = ResizableSemaphore.priorities(3, Duration.ofDays(1));

    public SemaphoreHigherPassesLower() {
        semaphore.acquireUninterruptibly(2);
    }

    @Actor
    public void lower(ZZI_Result result) {
        result.r1 = Uninterrupted.call(() -> semaphore.tryAcquire(3, LOST));
        semaphore.release(3);
    }

    @Actor
    public void higher(ZZI_Result result) {
        ResizableSemaphore higher = semaphore.withPriority(1);
        result.r2 = Uninterrupted.call(() -> higher.tryAcquire(1, LOST));
        higher.release(3); // its own, and those that were taken before
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r3 = semaphore.available();
    }
}
