package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.Reservation;
import dev.weir.ratelimit.TokenBucket;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** Two threads cancel the same reservation. */
@JCStressTest
@Outcome(
        id = {"true, false, 2", "false, true, 2"},
        expect = Expect.ACCEPTABLE,
        desc = "cancelled once, and its permit is back")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost, or refunded twice")
@State
public class ReservationCancelledTwice {

    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(3))
            .initialPermits(2)
            .timeSource(new StressClock())
            .build();
    private final Reservation reservation = bucket.reserve(1);

    @Actor
    public void one(ZZJ_Result result) {
        result.r1 = reservation.cancel();
    }

    @Actor
    public void two(ZZJ_Result result) {
        result.r2 = reservation.cancel();
    }

    @Arbiter
    public void count(ZZJ_Result result) {
        result.r3 = bucket.drain();
    }
}
