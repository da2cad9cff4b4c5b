package dev.weir.jcstress.sync;

import dev.weir.core.sync.Gate;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A thread comes to a closed gate, and perhaps gives up, while the gate is pulsed. */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "it waited, was counted, and passed")
@Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "it did not wait in that moment, and did not pass")
@Outcome(id = "true, 0", expect = Expect.FORBIDDEN, desc = "a late one was let through")
@Outcome(id = "false, 1", expect = Expect.FORBIDDEN, desc = "a counted waiter was lost")
@State
public class GatePulseAgainstArrival {
    private static final Duration SHORT = Duration.ofNanos(2_000);

    private final Gate gate = Gate.closed();

    @Actor
    public void await(ZI_Result result) {
        result.r1 = Uninterrupted.call(() -> gate.await(SHORT));
    }

    @Actor
    public void pulse(ZI_Result result) {
        result.r2 = gate.pulse();
    }
}
