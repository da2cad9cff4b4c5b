package dev.weir.jcstress.core;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A task becomes due while it is cancelled. */
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "cancelled, and so it never ran")
@Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "ran, and so it could not be cancelled")
@Outcome(expect = Expect.FORBIDDEN, desc = "both, or neither")
@State
public class ScheduledTaskRunsOrIsCancelled {
    private final ManualTimeSource time = new ManualTimeSource();
    private int runs;
    private final TimeSource.ScheduledTask task = time.schedule(() -> runs++, Duration.ofNanos(1));

    @Actor
    public void advance() {
        time.advance(Duration.ofNanos(1));
    }

    @Actor
    public void cancel(ZI_Result result) {
        result.r1 = task.cancel();
    }

    @Arbiter
    public void count(ZI_Result result) {
        result.r2 = runs;
    }
}
