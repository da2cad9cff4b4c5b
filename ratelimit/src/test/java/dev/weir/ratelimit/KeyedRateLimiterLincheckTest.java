package dev.weir.ratelimit;

import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of three threads that ask for few keys, evicted now and then, is one of some order of the calls.
 */
@Param(name = "key", gen = IntGen.class, conf = "0:1")
public class KeyedRateLimiterLincheckTest {
    private final KeyedRateLimiter<Integer> limiter = KeyedRateLimiter.<Integer>builder(
                    Rate.perSecond(1).withBurst(2))
            .timeSource(new TokenBucketLincheckTest.StandingClock())
            .build();

    @Operation
    public boolean takeOne(@Param(name = "key") int key) {
        return limiter.tryAcquire(key, 1);
    }

    @Operation
    public boolean takeTwo(@Param(name = "key") int key) {
        return limiter.tryAcquire(key, 2);
    }

    @Operation
    public void refund(@Param(name = "key") int key) {
        limiter.refund(key, 2);
    }

    @Operation
    public void evict() {
        limiter.evictFull();
    }

    @Test
    void requests_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(15))
                .invocationsPerIteration(200)
                .threads(3)
                .actorsPerThread(2)
                .recursionBound(50) // the look for room on the stack goes deep
                .check(getClass());
    }
}
