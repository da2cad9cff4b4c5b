package dev.weir.jcstress.core;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.Waiter.End;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A waiter is signalled as soon as it is published, when it may not be parked yet. */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "the waiter was woken")
@Outcome(expect = Expect.FORBIDDEN, desc = "the wakeup was lost")
@State
public class SignalReachesWaiter {
    private static final Duration LOST = Duration.ofSeconds(10);

    private volatile Waiter published;

    @Actor
    public void await(ZZ_Result result) {
        Waiter waiter = new Waiter();
        published = waiter;
        Deadline lost = Deadline.after(LOST);
        boolean signalled = waiter.await(this, lost) == End.SIGNALLED;
        result.r1 = signalled && !lost.isExpired(); // the last look would hide a lost wakeup
    }

    @Actor
    public void signal(ZZ_Result result) {
        Waiter waiter;
        do {
            waiter = published;
        } while (waiter == null);
        result.r2 = waiter.signal();
    }
}
