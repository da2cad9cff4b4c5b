package dev.weir.jcstress.core;

import dev.weir.core.internal.metrics.Tally;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Threads of which all cells may be come to an end, and two others take one over, or find it owned. */
@JCStressTest
@Outcome(id = "18, 18", expect = Expect.ACCEPTABLE, desc = "16 of the threads that ended, and one of each")
@Outcome(id = "17, 18", expect = Expect.ACCEPTABLE, desc = "the other one adds after the first sum")
@Outcome(expect = Expect.FORBIDDEN, desc = "counts of an ended thread are lost or counted twice")
@State
public class TallyCellOfEndedThread {
    private static final int THREADS = 16;

    private final Tally tally = new Tally();

    public TallyCellOfEndedThread() {
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            threads[i] = Thread.ofPlatform().start(() -> tally.add(true, 1));
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException interrupt) {
                throw new IllegalStateException(interrupt);
            }
        }
    }

    @Actor
    public void takeOver(JJ_Result result) {
        tally.add(true, 1);
        result.r1 = tally.yes();
    }

    @Actor
    public void takeOverToo() {
        tally.add(true, 1);
    }

    @Arbiter
    public void sum(JJ_Result result) {
        result.r2 = tally.yes();
    }
}
