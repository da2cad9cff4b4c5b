package dev.weir.jcstress.sync;

import dev.weir.core.sync.Gate;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A gate is pulsed as soon as a thread waits, which may not be parked yet. */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "the waiter passed")
@Outcome(expect = Expect.FORBIDDEN, desc = "the wakeup was lost")
@State
public class GatePulseReachesWaiter {
    private static final Duration LOST = Duration.ofSeconds(10);

    private final Gate gate = Gate.closed();

    @Actor
    public void await(ZI_Result result) {
        result.r1 = Uninterrupted.call(() -> gate.await(LOST));
    }

    @Actor
    public void pulse(ZI_Result result) {
        while (gate.waiting() == 0) {
            Thread.onSpinWait();
        }
        result.r2 = gate.pulse();
    }
}
