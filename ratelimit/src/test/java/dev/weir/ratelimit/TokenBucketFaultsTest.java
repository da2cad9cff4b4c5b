package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

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

    @Test
    void a_burst_that_shrinks_while_a_request_joins_the_line_refuses_it_and_blocks_nobody() {
        assertRefusedWhenItJoins(bucket -> () -> bucket.acquire(3));
        assertRefusedWhenItJoins(bucket -> () -> bucket.tryAcquire(3, SECOND.multipliedBy(9)));
        assertRefusedWhenItJoins(bucket -> () -> bucket.reserve(3));
        assertRefusedWhenItJoins(bucket -> () -> {
            CompletableFuture<Void> future = bucket.acquireAsync(3);
            Throwable failure = assertThrows(CompletionException.class, future::join);
            throw assertInstanceOf(RejectedExecutionException.class, failure.getCause());
        });
    }

    private static void assertRefusedWhenItJoins(Function<TokenBucket, Executable> request) {
        ScriptedTime time = new ScriptedTime();
        TokenBucket bucket = empty(5, time).build();
        time.inReading(2, () -> bucket.replaceRate(Rate.perSecond(1))); // the first is of the attempt not to wait
        assertThrows(RejectedExecutionException.class, request.apply(bucket));
        assertEquals(0, bucket.metrics().waiters());
        assertEquals(1, bucket.metrics().abandoned());
        time.manual.advance(SECOND);
        assertTrue(bucket.tryAcquire());
    }
}
