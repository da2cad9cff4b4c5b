package dev.weir.jcstress.scope;

import dev.weir.core.scope.Timeouts;
import dev.weir.jcstress.StressClock;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/** A task ends while its time does. */
@JCStressTest
@Outcome(id = "7, 1, false", expect = Expect.ACCEPTABLE, desc = "returned in time")
@Outcome(id = "-1, 1, false", expect = Expect.ACCEPTABLE, desc = "timed out, and the task has ended")
@Outcome(id = "-1, 0, false", expect = Expect.ACCEPTABLE, desc = "timed out before it was started")
@Outcome(id = ".*, true", expect = Expect.FORBIDDEN, desc = "the timeout's interrupt reached the caller")
@Outcome(expect = Expect.FORBIDDEN, desc = "the task goes on after the call, or its result came from nowhere")
@State
public class TimeoutOrResult {
    private final StressClock time = new StressClock();
    private int ended;

    @Actor
    public void call(IIZ_Result result) {
        try {
            result.r1 = Timeouts.call(Duration.ofNanos(1_000), time, () -> {
                for (int i = 0; i < 100 && time.nanoTime() == 0; i++) {
                    Thread.onSpinWait();
                }
                ended = 1;
                return 7;
            });
        } catch (TimeoutException late) {
            result.r1 = -1;
        } catch (InterruptedException leaked) {
            result.r1 = -2;
        }
        result.r2 = ended;
        result.r3 = Thread.interrupted();
    }

    @Actor
    public void expire() {
        time.set(1_000);
        time.runDue();
    }
}
