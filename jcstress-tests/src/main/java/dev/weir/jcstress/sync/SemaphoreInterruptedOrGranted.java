package dev.weir.jcstress.sync;

import dev.weir.core.sync.ResizableSemaphore;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A thread waits for a permit and is interrupted while the permit is released. */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "acquired, and the permit is gone")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "interrupted, and the permit is there")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "the interrupted waiter kept the permit")
@Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "the permit was given twice")
@State
public class SemaphoreInterruptedOrGranted {
    private final ResizableSemaphore semaphore = ResizableSemaphore.fair(1);
    private volatile Thread waiter;

    public SemaphoreInterruptedOrGranted() {
        semaphore.acquireUninterruptibly();
    }

    @Actor
    public void acquire(ZZ_Result result) {
        waiter = Thread.currentThread();
        try {
            semaphore.acquire();
            result.r1 = true;
        } catch (InterruptedException expected) {
            result.r1 = false;
        }
        waiter = null;
        Thread.interrupted(); // the thread is jcstress's own
    }

    @Actor
    public void releaseAndInterrupt() {
        semaphore.release();
        Thread thread = waiter;
        if (thread != null) {
            thread.interrupt();
        }
    }

    @Arbiter
    public void look(ZZ_Result result) {
        result.r2 = semaphore.tryAcquire();
    }
}
