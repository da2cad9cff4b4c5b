package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.Reservation;
import dev.weir.ratelimit.TokenBucket;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A reservation whose permit is granted is cancelled while its jitter ends. */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "cancelled once, and its permit is back once")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost, or given back twice")
@State
public class ReservationCancelledInTheJitter {
    private final StressClock time = new StressClock();
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(3))
            .initialPermits(0)
            .jitter(Duration.ofSeconds(1))
            .timeSource(time)
            .build();
    private final Reservation reservation = bucket.reserve(1);

    public ReservationCancelledInTheJitter() {
        bucket.refund(1); // grants it
        time.set(0);
    }

    @Actor
    public void cancel(ZI_Result result) {
        result.r1 = reservation.cancel();
    }

    @Actor
    public void jitterEnds() {
        time.set(1); // no permit grows in a nanosecond
        time.runAll();
    }

    @Arbiter
    public void count(ZI_Result result) {
        result.r2 = (int) bucket.drain();
    }
}
