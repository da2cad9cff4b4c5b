package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Two threads ask for the last permit of a key that is new, behind a chain that is full of keys of its hash code. */
@JCStressTest
@Outcome(
        id = {"true, false, 13", "false, true, 13"},
        expect = Expect.ACCEPTABLE,
        desc = "one has it, of the one bucket")
@Outcome(expect = Expect.FORBIDDEN, desc = "the key had two buckets, or none")
@State
public class CollidingKeyGetsOneBucket {
    private record Key(int id) {
        @Override
        public int hashCode() {
            return 7;
        }
    }

    private final KeyedRateLimiter<Key> limiter = KeyedRateLimiter.<Key>builder(Rate.perSecond(1))
            .timeSource(new StressClock())
            .build();

    public CollidingKeyGetsOneBucket() {
        for (int i = 0; i < 12; i++) {
            limiter.tryAcquire(new Key(i));
        }
    }

    @Actor
    public void one(ZZI_Result result) {
        result.r1 = limiter.tryAcquire(new Key(12));
    }

    @Actor
    public void other(ZZI_Result result) {
        result.r2 = limiter.tryAcquire(new Key(12));
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r3 = limiter.size();
    }
}
