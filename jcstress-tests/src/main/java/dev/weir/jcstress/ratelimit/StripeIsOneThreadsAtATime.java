package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.jcstress.Uninterrupted;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.StripedTokenBucket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** Virtual threads, which share stripes, take all permits of a bucket, and some of them in advance. */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "no permit was taken twice")
@Outcome(expect = Expect.FORBIDDEN, desc = "two threads were at one stripe")
@State
public class StripeIsOneThreadsAtATime {
    private static final int PERMITS = 400;
    private static final Duration TTL = Duration.ofSeconds(1);

    private final AtomicInteger taken = new AtomicInteger();
    private final StripedTokenBucket bucket = StripedTokenBucket.builder(
                    Rate.perSecond(1).withBurst(PERMITS + 1), TTL)
            .timeSource(new StressClock())
            .build();

    private void take() {
        int own = 0;
        while (bucket.tryAcquire()) {
            own++;
        }
        taken.addAndGet(own);
    }

    private void takeInThreads() {
        Thread first = Thread.ofVirtual().start(this::take);
        Thread second = Thread.ofVirtual().start(this::take);
        Uninterrupted.run(first::join);
        Uninterrupted.run(second::join);
    }

    @Actor
    public void some() {
        takeInThreads();
    }

    @Actor
    public void others() {
        takeInThreads();
    }

    @Arbiter
    public void look(Z_Result result) {
        result.r1 = taken.get() + bucket.drain() <= PERMITS;
    }
}
