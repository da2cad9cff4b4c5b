package dev.weir.jcstress.core;

import dev.weir.core.internal.InterruptGuard;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** A section is interrupted while it ends. One that comes too late would hit the look in the next round, too. */
@JCStressTest
@Outcome(id = "false, false, false", expect = Expect.ACCEPTABLE, desc = "before or after the section: nothing was sent")
@Outcome(id = "true, true, false", expect = Expect.ACCEPTABLE, desc = "within the section, and cleared at its end")
@Outcome(expect = Expect.FORBIDDEN, desc = "the interrupt got out of the section, or was not reported")
@State
public class InterruptOrEnd {
    private final InterruptGuard guard = new InterruptGuard();

    @Actor
    public void section(ZZZ_Result result) {
        guard.begin();
        result.r2 = guard.endAndClear();
        result.r3 = Thread.interrupted();
    }

    @Actor
    public void interrupt(ZZZ_Result result) {
        result.r1 = guard.interrupt();
    }
}
