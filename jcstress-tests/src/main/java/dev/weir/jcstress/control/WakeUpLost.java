package dev.weir.jcstress.control;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** Broken: a waiter on a plain flag, which the compiler may read once and for all. */
@JCStressTest(Mode.Termination)
@Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "the waiter saw the signal")
@Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the waiter waits for ever")
@State
public class WakeUpLost {
    private boolean open;

    @Actor
    public void await() {
        while (!open) {
            // waits
        }
    }

    @Signal
    public void signal() {
        open = true;
    }
}
