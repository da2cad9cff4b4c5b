package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** {@link Retry#attemptAsync}: what {@link Retry#attempt} reports, without blocking. */
class AttemptAsyncTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final AtomicInteger attempts = new AtomicInteger();

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.maxAttempts(3).backoff(Backoff.fixed(SECOND)).build())
                .timeSource(time)
                .build();
    }

    private <T> RetryResult<T> afterTwoDelays(CompletableFuture<RetryResult<T>> run) throws Exception {
        time.awaitWaiters(1);
        time.advance(SECOND);
        time.awaitWaiters(1);
        time.advance(SECOND);
        return run.get(10, TimeUnit.SECONDS);
    }

    @Test
    void a_success_comes_with_its_attempts_and_its_time() throws Exception {
        assertEquals(
                new RetryResult.Success<>("third", 3, SECOND.multipliedBy(2)),
                afterTwoDelays(retry(RetryPolicy.builder()).attemptAsync(() -> attempts.incrementAndGet() < 3
                        ? CompletableFuture.failedFuture(new IOException())
                        : CompletableFuture.completedFuture("third"))));
    }

    @Test
    void a_failure_comes_unwrapped_and_not_as_an_exception() throws Exception {
        IOException failure = new IOException("down");
        RetryResult<String> result = afterTwoDelays(retry(RetryPolicy.builder())
                .attemptAsync(() -> CompletableFuture.failedFuture(new CompletionException(failure))));
        RetryResult.Failed<?> failed = assertInstanceOf(RetryResult.Failed.class, result);
        assertSame(failure, failed.failure());
        assertEquals(StopReason.EXHAUSTED, failed.reason());
        assertEquals(3, failed.attempts());
    }

    @Test
    void a_rejected_result_is_told_from_a_good_one_also_if_a_call_would_fail() throws Exception {
        RetryPolicyBuilder policy =
                RetryPolicy.builder().retryOnResult("busy"::equals).failOnRejectedResult();
        assertEquals(
                new RetryResult.Rejected<>("busy", StopReason.EXHAUSTED, 3, SECOND.multipliedBy(2)),
                afterTwoDelays(retry(policy).attemptAsync(() -> CompletableFuture.completedFuture("busy"))));
    }

    @Test
    void what_the_task_or_the_policy_throws_is_a_failure_too() throws Exception {
        StackOverflowError error = new StackOverflowError();
        RetryResult<String> result = retry(RetryPolicy.builder())
                .<String>attemptAsync(() -> {
                    throw error;
                })
                .get(10, TimeUnit.SECONDS);
        assertSame(error, assertInstanceOf(RetryResult.Failed.class, result).failure());
        IllegalStateException broken = new IllegalStateException();
        RetryPolicyBuilder policy = RetryPolicy.builder().retryOnResult(value -> {
            throw broken;
        });
        RetryResult<String> byPolicy =
                retry(policy).attemptAsync(() -> CompletableFuture.completedFuture("any")).get(10, TimeUnit.SECONDS);
        assertSame(broken, assertInstanceOf(RetryResult.Failed.class, byPolicy).failure());
    }

    @Test
    void a_cancelled_future_stops_the_run() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<RetryResult<String>> run = retry(RetryPolicy.builder()).attemptAsync(() -> {
            attempts.incrementAndGet();
            return stage;
        });
        assertTrue(run.cancel(true));
        assertTrue(stage.isCancelled());
        time.advance(SECOND.multipliedBy(10));
        assertEquals(1, attempts.get());
        assertFalse(run.complete(null));
    }
}
