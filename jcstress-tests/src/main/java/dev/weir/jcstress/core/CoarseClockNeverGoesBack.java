package dev.weir.jcstress.core;

import dev.weir.core.time.TimeSource;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** One thread reads the clock and publishes the reading; another sees it and reads the clock, too. */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "the later reading does not precede the earlier one")
@Outcome(id = "false", expect = Expect.FORBIDDEN, desc = "time went back")
@State
public class CoarseClockNeverGoesBack {
    private final TimeSource time = TimeSource.coarse();
    private volatile long told = Long.MIN_VALUE;

    @Actor
    public void tell() {
        told = time.nanoTime();
    }

    @Actor
    public void read(Z_Result result) {
        long before = told;
        result.r1 = before == Long.MIN_VALUE || time.nanoTime() - before >= 0;
    }
}
