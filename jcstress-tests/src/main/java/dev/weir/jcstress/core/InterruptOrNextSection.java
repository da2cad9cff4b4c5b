package dev.weir.jcstress.core;

import dev.weir.core.internal.InterruptGuard;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZZ_Result;

/** An interrupt for one section comes while the thread goes on to the next. */
@JCStressTest
@Outcome(
        id = "false, false, false, false",
        expect = Expect.ACCEPTABLE,
        desc = "the section had not begun or had ended: nothing was sent")
@Outcome(id = "true, true, false, false", expect = Expect.ACCEPTABLE, desc = "it reached the section that it was for")
@Outcome(expect = Expect.FORBIDDEN, desc = "it reached the next section, or got out, or was not reported")
@State
public class InterruptOrNextSection {
    private final InterruptGuard guard = new InterruptGuard();
    private volatile long ticket = InterruptGuard.NONE;

    @Actor
    public void sections(ZZZZ_Result result) {
        ticket = guard.begin();
        result.r2 = guard.endAndClear();
        guard.begin();
        result.r4 = Thread.currentThread().isInterrupted();
        result.r3 = guard.endAndClear();
        result.r4 |= Thread.interrupted();
    }

    @Actor
    public void interrupt(ZZZZ_Result result) {
        result.r1 = guard.interrupt(ticket);
    }
}
