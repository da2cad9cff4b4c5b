package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A key whose bucket is full is paused, which makes its line, while another thread evicts full keys. */
@JCStressTest
@Outcome(id = "false", expect = Expect.ACCEPTABLE, desc = "the key is paused")
@Outcome(expect = Expect.FORBIDDEN, desc = "the pause was evicted with the key")
@State
public class KeyWaitsOrIsEvicted {
    private final KeyedRateLimiter<String> keyed = full();

    private static KeyedRateLimiter<String> full() {
        KeyedRateLimiter<String> keyed = KeyedRateLimiter.<String>builder(Rate.perSecond(1))
                .timeSource(new StressClock())
                .build();
        keyed.tryAcquire("key", 0);
        return keyed;
    }

    @Actor
    public void pause() {
        keyed.limiter("key").pauseFor(Duration.ofHours(1));
    }

    @Actor
    public void evict() {
        keyed.evictFull();
    }

    @Arbiter
    public void look(Z_Result result) {
        result.r1 = keyed.tryAcquire("key");
    }
}
