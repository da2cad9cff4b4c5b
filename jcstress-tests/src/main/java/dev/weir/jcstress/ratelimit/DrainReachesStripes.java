package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.StripedTokenBucket;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** A bucket is drained while a thread takes permits, some of them in advance. */
@JCStressTest
@Outcome(id = "true, true, true", expect = Expect.ACCEPTABLE, desc = "it was empty afterwards, for that thread too")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit was minted, or one that was taken in advance outlived the drain")
@State
public class DrainReachesStripes {
    private static final int PERMITS = 100;
    private static final int REQUESTS = 12;
    private static final Duration TTL = Duration.ofSeconds(1);

    private final StripedTokenBucket bucket = StripedTokenBucket.builder(
                    Rate.perSecond(1).withBurst(PERMITS + 1), TTL)
            .timeSource(new StressClock())
            .build();
    private int taken;
    private long drained;
    private volatile boolean over;

    @Actor
    public void take(ZZZ_Result result) {
        boolean refused = true;
        for (int i = 0; i < REQUESTS; i++) {
            boolean wasOver = over;
            boolean admitted = bucket.tryAcquire();
            taken += admitted ? 1 : 0;
            refused &= !(wasOver && admitted);
        }
        result.r1 = refused;
    }

    @Actor
    public void drain() {
        drained = bucket.drain();
        over = true;
    }

    @Arbiter
    public void look(ZZZ_Result result) {
        result.r2 = taken + drained <= PERMITS;
        result.r3 = !bucket.tryAcquire();
    }
}
