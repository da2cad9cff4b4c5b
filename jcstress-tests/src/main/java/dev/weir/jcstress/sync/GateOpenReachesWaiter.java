package dev.weir.jcstress.sync;

import dev.weir.core.sync.Gate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** A thread waits at a gate that is opened. */
@JCStressTest(Mode.Termination)
@Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "the waiter passed")
@Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the waiter waits for ever")
@State
public class GateOpenReachesWaiter {
    private final Gate gate = Gate.closed();

    @Actor
    public void await() {
        Uninterrupted.run(gate::await);
    }

    @Signal
    public void open() {
        gate.open();
    }
}
