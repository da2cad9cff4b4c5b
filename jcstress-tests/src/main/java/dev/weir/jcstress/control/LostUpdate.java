package dev.weir.jcstress.control;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Broken: two increments of a plain field. */
@JCStressTest
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "both counted")
@Outcome(expect = Expect.FORBIDDEN, desc = "an update was lost")
@State
public class LostUpdate {
    private int count;

    @Actor
    public void one() {
        count++;
    }

    @Actor
    public void two() {
        count++;
    }

    @Arbiter
    public void sum(I_Result result) {
        result.r1 = count;
    }
}
