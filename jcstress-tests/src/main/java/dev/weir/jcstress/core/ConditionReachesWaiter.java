package dev.weir.jcstress.core;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.Waiter.End;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A condition comes true, and then its thread is unparked, while that is on its way to park without a timeout. */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "the waiting thread came back")
@Outcome(expect = Expect.FORBIDDEN, desc = "the wakeup was lost")
@State
public class ConditionReachesWaiter {
    private static final Duration LOST = Duration.ofSeconds(10);

    private volatile Thread waiting;
    private volatile boolean holds;

    @Actor
    public void await(Z_Result result) {
        waiting = Thread.currentThread();
        Deadline lost = Deadline.after(LOST);
        boolean held = Waiter.awaitUninterruptibly(() -> holds, this, lost) == End.SIGNALLED;
        result.r1 = held && !lost.isExpired(); // the last look would hide a lost wakeup
    }

    @Actor
    public void signal() {
        Thread thread;
        do {
            thread = waiting;
        } while (thread == null);
        holds = true;
        LockSupport.unpark(thread);
    }
}
