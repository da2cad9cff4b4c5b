package dev.weir.jcstress.retry;

import dev.weir.jcstress.StressClock;
import dev.weir.retry.AttemptTimeoutException;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** An attempt ends while its time does. */
@JCStressTest
@Outcome(id = "1, false", expect = Expect.ACCEPTABLE, desc = "returned in time")
@Outcome(id = "2, false", expect = Expect.ACCEPTABLE, desc = "timed out")
@Outcome(expect = Expect.FORBIDDEN, desc = "the timeout's interrupt reached the caller")
@State
public class TimeoutMeetsReturn {
    private final StressClock time = new StressClock();
    private final Retry retry = Retry.builder(RetryPolicy.builder()
                    .maxAttempts(1)
                    .attemptTimeout(Duration.ofNanos(1_000))
                    .build())
            .timeSource(time)
            .build();

    @Actor
    public void call(IZ_Result result) {
        try {
            result.r1 = retry.call(() -> {
                for (int i = 0; i < 100 && time.nanoTime() == 0; i++) {
                    Thread.onSpinWait();
                }
                return 1;
            });
        } catch (AttemptTimeoutException late) {
            result.r1 = 2;
        } catch (InterruptedException leaked) {
            result.r1 = 3;
        }
        result.r2 = Thread.interrupted();
    }

    @Actor
    public void expire() {
        time.set(1_000);
    }
}
