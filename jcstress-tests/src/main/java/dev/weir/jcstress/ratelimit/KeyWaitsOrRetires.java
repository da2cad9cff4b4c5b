package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.Reservation;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** The last that waits for a key leaves its line while another comes to wait. */
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "the one that came is served, and no key is left")
@Outcome(expect = Expect.FORBIDDEN, desc = "it waits in a line that nobody knows, or the key is kept for ever")
@State
public class KeyWaitsOrRetires {
    private final StressClock time = new StressClock();
    private final KeyedRateLimiter<String> keyed =
            KeyedRateLimiter.<String>builder(Rate.perSecond(1)).timeSource(time).build();
    private final RateLimiter key = keyed.limiter("key");
    private final Reservation last = waiting();
    private CompletableFuture<Void> next;

    private Reservation waiting() {
        key.tryAcquire();
        return key.reserve();
    }

    @Actor
    public void leave() {
        last.cancel();
    }

    @Actor
    public void come() {
        next = key.acquireAsync();
    }

    @Arbiter
    public void look(ZI_Result result) {
        time.set(1_000_000_000);
        keyed.limiter("key").refund(1);
        result.r1 = next.isDone();
        time.set(3_000_000_000L);
        keyed.evictFull();
        result.r2 = keyed.size();
    }
}
