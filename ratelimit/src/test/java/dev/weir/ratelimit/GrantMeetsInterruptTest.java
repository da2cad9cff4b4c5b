package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import java.util.concurrent.locks.AbstractOwnableSynchronizer;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A waiter that is interrupted, and is on its way out of the line while its permit is being granted. */
@Timeout(120)
class GrantMeetsInterruptTest {
    private final ScriptedTime time = new ScriptedTime();
    private final TokenBucket bucket = TokenBucket.builder(Rate.perSecond(1).withBurst(1))
            .initialPermits(0)
            .timeSource(time)
            .build();

    @Test
    void a_permit_that_is_granted_before_the_interrupted_waiter_has_left_is_the_waiters() throws Exception {
        Call<Void> waiter = Call.thatWaits(() -> {
            bucket.acquire();
            return null;
        });
        waiter.assertRests();
        // The second reading, that the grant goes by, is made under the lock of the line.
        time.inReading(2, () -> {
            waiter.interrupt();
            Call.until(() -> LockSupport.getBlocker(waiter.thread()) instanceof AbstractOwnableSynchronizer);
        });

        bucket.refund(1);

        waiter.result();
        assertTrue(waiter.wasInterruptedAtEnd(), "an interrupt that came too late stays pending");
        assertFalse(bucket.tryAcquire(), "the permit is the waiter's");
        assertEquals(0, bucket.metrics().waiters());
    }
}
