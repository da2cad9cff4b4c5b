package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What must not go wrong when something else does, or comes at the worst moment. */
@Timeout(60)
class TokenBucketFaultsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ScriptedTime time = new ScriptedTime();

    private static TokenBucket.Builder empty(long burst, ScriptedTime time) {
        return TokenBucket.builder(Rate.perSecond(1).withBurst(burst))
                .initialPermits(0)
                .timeSource(time)
                .counting();
    }

    @Test
    void a_timer_that_has_begun_when_it_is_cancelled_delivers_no_second_time() {
        List<Runnable> begun = new ArrayList<>();
        ScriptedTime late = new ScriptedTime() {
            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                begun.add(task);
                return () -> false;
            }
        };
        TokenBucket bucket = empty(5, late).build();
        CompletableFuture<Void> future = bucket.acquireAsync();
        bucket.replaceRate(bucket.rate()); // has another timer in place of the first
        late.manual.advance(SECOND);
        List.copyOf(begun).forEach(Runnable::run);
        assertTrue(future.isDone());
        assertEquals(2, begun.size());
        assertEquals(1, bucket.metrics().admitted());
        assertEquals(0, bucket.drain(), "a permit was minted");
    }
}
