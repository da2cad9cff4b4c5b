package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** Two permits are charged while another thread takes one that is there, so that both change the level. */
@JCStressTest
@Outcome(id = "true, 2", expect = Expect.ACCEPTABLE, desc = "one was taken before, and there is a debt of two")
@Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "the charge came first, and there is a debt of one")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted")
@State
public class AdmitWhileCharged {
    private final TokenBucket bucket = TokenBucket.builder(
                    Rate.of(1, Duration.ofSeconds(1)).withBurst(3))
            .initialPermits(1)
            .timeSource(new StressClock())
            .build();

    @Actor
    public void admit(ZI_Result result) {
        result.r1 = bucket.tryAcquire();
    }

    @Actor
    public void charge() {
        bucket.charge(2);
    }

    @Arbiter
    public void look(ZI_Result result) {
        result.r2 = (int) bucket.peek().retryAfter().toSeconds() - 1;
    }
}
