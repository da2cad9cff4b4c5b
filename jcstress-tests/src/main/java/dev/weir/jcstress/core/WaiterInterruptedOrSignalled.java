package dev.weir.jcstress.core;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.Waiter.End;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LZ_Result;

/** A waiter is signalled, and then its thread is interrupted: whichever it sees, the interrupt is still pending. */
@JCStressTest
@Outcome(
        id = "SIGNALLED, true",
        expect = Expect.ACCEPTABLE,
        desc = "signalled; the interrupt is left for the next wait")
@Outcome(id = "INTERRUPTED, true", expect = Expect.ACCEPTABLE, desc = "interrupted, as it looked before the signal")
@Outcome(expect = Expect.FORBIDDEN, desc = "the interrupt was lost, or the wait ended for nothing")
@State
public class WaiterInterruptedOrSignalled {
    private volatile Waiter published;
    private volatile boolean sent;

    @Actor
    public void await(LZ_Result result) {
        Waiter waiter = new Waiter();
        published = waiter;
        End end = waiter.await(this, Deadline.never());
        result.r1 = end.toString();
        while (!sent) {
            Thread.onSpinWait();
        }
        result.r2 = Thread.interrupted();
    }

    @Actor
    public void signalAndInterrupt() {
        Waiter waiter;
        do {
            waiter = published;
        } while (waiter == null);
        Thread thread = waiter.thread();
        waiter.signal();
        thread.interrupt();
        sent = true;
    }
}
