package dev.weir.jcstress.core;

import dev.weir.core.internal.InterruptGuard;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A stop sets its flag and interrupts, while a section begins and looks at the flag once: one finds the other. */
@JCStressTest
@Outcome(
        id = "true, false",
        expect = Expect.ACCEPTABLE,
        desc = "the section saw the flag; it had ended by then, or not begun")
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "the section saw the flag, and was interrupted as well")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the section was interrupted")
@Outcome(expect = Expect.FORBIDDEN, desc = "the section was not stopped")
@State
public class StopReachesSection {
    private static final long LOST_NANOS = 10_000_000_000L;

    private final InterruptGuard guard = new InterruptGuard();
    private volatile boolean stopped;

    @Actor
    public void section(ZZ_Result result) {
        guard.begin();
        result.r1 = stopped;
        long start = System.nanoTime();
        while (!result.r1 && !Thread.currentThread().isInterrupted() && System.nanoTime() - start < LOST_NANOS) {
            Thread.onSpinWait(); // as if it waited for something that an interrupt alone ends
        }
        result.r2 = guard.endAndClear();
    }

    @Actor
    public void stop() {
        stopped = true;
        guard.interrupt();
    }
}
