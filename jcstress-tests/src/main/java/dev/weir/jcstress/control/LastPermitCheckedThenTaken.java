package dev.weir.jcstress.control;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Broken: a limiter that looks whether there is a permit and then takes it, in two steps. */
@JCStressTest
@Outcome(
        id = {"true, false", "false, true"},
        expect = Expect.ACCEPTABLE,
        desc = "one got the last permit")
@Outcome(expect = Expect.FORBIDDEN, desc = "the last permit was given twice")
@State
public class LastPermitCheckedThenTaken {
    private volatile int permits = 1;

    private boolean tryAcquire() {
        if (permits > 0) {
            permits--;
            return true;
        }
        return false;
    }

    @Actor
    public void one(ZZ_Result result) {
        result.r1 = tryAcquire();
    }

    @Actor
    public void two(ZZ_Result result) {
        result.r2 = tryAcquire();
    }
}
