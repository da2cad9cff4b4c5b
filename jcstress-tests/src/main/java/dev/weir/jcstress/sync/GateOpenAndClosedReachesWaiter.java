package dev.weir.jcstress.sync;

import dev.weir.core.sync.Gate;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A thread waits at a gate, which is opened and closed again before the thread wakes. */
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "the waiter passed")
@Outcome(id = "false, 0", expect = Expect.FORBIDDEN, desc = "the wakeup was lost")
@Outcome(expect = Expect.FORBIDDEN, desc = "a waiter was left behind")
@State
public class GateOpenAndClosedReachesWaiter {
    private static final Duration LOST = Duration.ofSeconds(10);

    private final Gate gate = Gate.closed();

    @Actor
    public void await(ZI_Result result) {
        result.r1 = Uninterrupted.call(() -> gate.await(LOST));
    }

    @Actor
    public void openAndClose() {
        while (gate.waiting() == 0) {
            Thread.onSpinWait();
        }
        gate.open();
        gate.close();
    }

    @Arbiter
    public void look(ZI_Result result) {
        result.r2 = gate.waiting();
    }
}
