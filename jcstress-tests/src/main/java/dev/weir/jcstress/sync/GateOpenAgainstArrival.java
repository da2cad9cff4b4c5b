package dev.weir.jcstress.sync;

import dev.weir.core.sync.Gate;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A thread comes to a gate while that is opened. */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "it passed, whether it had to wait or not")
@Outcome(id = "false", expect = Expect.FORBIDDEN, desc = "it waits at an open gate")
@State
public class GateOpenAgainstArrival {
    private static final Duration LOST = Duration.ofSeconds(2);

    private final Gate gate = Gate.closed();

    @Actor
    public void await(Z_Result result) {
        result.r1 = Uninterrupted.call(() -> gate.await(LOST));
    }

    @Actor
    public void open() {
        gate.open();
    }
}
