package dev.weir.ratelimit;

import dev.weir.core.time.ManualTimeSource;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Every interleaving of three threads that try to take from four permits is one of some order of the same calls. */
public class TokenBucketLincheckTest {
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1).withBurst(4))
            .timeSource(new ManualTimeSource())
            .build();

    @Operation
    public boolean takeOne() {
        return bucket.tryAcquire(1);
    }

    @Operation
    public boolean takeTwo() {
        return bucket.tryAcquire(2);
    }

    @Test
    void tryAcquire_is_linearizable() {
        new ModelCheckingOptions()
                .iterations(20)
                .invocationsPerIteration(500)
                .threads(3)
                .actorsPerThread(2)
                .check(getClass());
    }
}
