package dev.weir.jcstress.core;

import dev.weir.core.internal.metrics.Tally;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;

/** A thread adds for the first time and again, while another one adds and reads the sum twice. */
@JCStressTest
@Outcome(
        id = "[123], [123], 3",
        expect = Expect.ACCEPTABLE,
        desc = "the reader's own, and what it has seen of the others")
@Outcome(expect = Expect.FORBIDDEN, desc = "an addition is lost, counted twice or taken back")
@State
public class TallyAddsWhileSummed {
    private final Tally tally = new Tally();

    @Actor
    public void add() {
        tally.add(true, 1);
        tally.add(true, 1);
    }

    @Actor
    public void addAndSum(JJJ_Result result) {
        tally.add(true, 1);
        long first = tally.yes();
        long second = tally.yes();
        result.r1 = first;
        result.r2 = second < first ? -1 : second;
    }

    @Arbiter
    public void sum(JJJ_Result result) {
        result.r3 = tally.yes();
    }
}
