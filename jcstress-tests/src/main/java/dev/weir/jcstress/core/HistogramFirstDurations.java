package dev.weir.jcstress.core;

import dev.weir.core.internal.metrics.Histogram;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/** Two threads record the first durations. */
@JCStressTest
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "both are there")
@Outcome(expect = Expect.FORBIDDEN, desc = "one is lost")
@State
public class HistogramFirstDurations {
    private final Histogram histogram = new Histogram();

    @Actor
    public void record() {
        histogram.record(1);
    }

    @Actor
    public void recordToo() {
        histogram.record(2);
    }

    @Arbiter
    public void sum(J_Result result) {
        result.r1 = histogram.snapshot().samples();
    }
}
