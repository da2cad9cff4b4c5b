package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Results decide as failures do. */
class ResultRulesTest {
    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();
    private final AtomicInteger calls = new AtomicInteger();

    private record Response(int status, Duration retryAfter) {}

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.build()).timeSource(time).build();
    }

    private static RetryPolicyBuilder untilOk(int attempts) {
        return RetryPolicy.builder()
                .maxAttempts(attempts)
                .backoff(Backoff.fixed(Duration.ofSeconds(1)))
                .retryOnResult(result -> !(result instanceof Response response && response.status == 200))
                .delayFromResult(
                        result -> result instanceof Response response ? response.retryAfter : null,
                        Duration.ofMinutes(1));
    }

    @Test
    void a_rejected_result_sets_the_delay() throws Exception {
        Response got = retry(untilOk(3))
                .call(() -> new Response(calls.incrementAndGet() == 1 ? 429 : 200, Duration.ofSeconds(30)));
        assertEquals(200, got.status);
        assertEquals(Duration.ofSeconds(30).toNanos(), time.nanoTime());
    }

    @Test
    void a_result_without_a_delay_leaves_it_to_the_backoff_and_one_beyond_the_limit_ends_the_run() throws Exception {
        RetryResult<Response> none = retry(untilOk(2)).attempt(() -> new Response(503, null));
        assertEquals(StopReason.EXHAUSTED, none.reason());
        assertEquals(Duration.ofSeconds(1), none.elapsed());
        RetryResult<Response> beyond = retry(untilOk(2)).attempt(() -> new Response(503, Duration.ofSeconds(62)));
        assertEquals(StopReason.DELAY_TOO_LONG, beyond.reason());
        assertEquals(Duration.ZERO, beyond.elapsed());
    }

    @Test
    void a_run_whose_last_result_is_rejected_fails_on_wish() throws Exception {
        Retry retry = retry(untilOk(2).failOnRejectedResult());
        Response bad = new Response(500, null);
        RejectedResultException rejected = assertThrows(
                RejectedResultException.class,
                () -> retry.call(() -> {
                    calls.incrementAndGet();
                    return bad;
                }));
        assertEquals(bad, rejected.result());
        assertEquals(2, calls.get());
        assertTrue(rejected.getSuppressed()[0].getMessage().startsWith("gave up after attempt 2 (EXHAUSTED)"));
        assertInstanceOf(RetryResult.Rejected.class, retry.attempt(() -> bad));
        Retry atOnce = retry(untilOk(2).backoff(Backoff.none()).failOnRejectedResult());
        CompletableFuture<Response> future = atOnce.callAsync(() -> CompletableFuture.completedFuture(null));
        assertNull(assertInstanceOf(RejectedResultException.class, future.exceptionNow())
                .result());
        assertEquals(200, retry.call(() -> new Response(200, null)).status);
    }

    @Test
    void an_outer_retry_does_not_multiply_a_rejection() {
        Retry inner = retry(untilOk(3).failOnRejectedResult());
        assertThrows(
                RejectedResultException.class,
                () -> Retry.of(RetryPolicy.defaults()).call(() -> inner.call(calls::incrementAndGet)));
        assertEquals(3, calls.get());
    }

    private static RetryPolicyBuilder typed() {
        return RetryPolicy.builder()
                .backoff(Backoff.fixed(Duration.ofSeconds(1)))
                .retryOnResult(Response.class, response -> response.status == 429)
                .retryOnResult(Integer.class, number -> number < 0)
                .delayFromResult(Response.class, Response::retryAfter);
    }

    @Test
    void typed_rules_decide_about_results_of_their_type_and_accept_others() throws Exception {
        Retry retry = retry(typed());
        RetryResult<Response> exhausted = retry.attempt(() -> new Response(429, Duration.ofSeconds(9)));
        assertEquals(3, exhausted.attempts());
        assertEquals(Duration.ofSeconds(18), exhausted.elapsed());
        RetryResult<Integer> negative = retry.attempt(() -> -1);
        assertEquals(Duration.ofSeconds(2), negative.elapsed(), "the delay of a result of no such type is the backoff");
        assertEquals(1, retry.attempt(() -> new Response(503, null)).attempts());
        assertEquals(1, retry.<String>attempt(() -> "-1").attempts());
        assertEquals(1, retry.<String>attempt(() -> null).attempts());
        assertEquals(
                StopReason.DELAY_TOO_LONG,
                retry.attempt(() -> new Response(429, Duration.ofMinutes(2))).reason());
    }

    @Test
    void typed_rules_decide_about_asynchronous_results_too() throws Exception {
        Retry retry = retry(typed().failOnRejectedResult());
        CompletableFuture<Response> good = retry.callAsync(() -> CompletableFuture.completedFuture(
                new Response(calls.incrementAndGet() < 3 ? 429 : 200, Duration.ofSeconds(30))));
        assertEquals(200, good.get(20, TimeUnit.SECONDS).status);
        assertEquals(Duration.ofSeconds(60).toNanos(), time.nanoTime());
        CompletableFuture<Integer> bad = retry.callAsync(() -> CompletableFuture.completedFuture(-7));
        ExecutionException failed = assertThrows(ExecutionException.class, () -> bad.get(20, TimeUnit.SECONDS));
        assertEquals(
                -7,
                assertInstanceOf(RejectedResultException.class, failed.getCause())
                        .result());
    }

    @Test
    void what_a_typed_rule_throws_ends_the_run_and_nulls_are_named() {
        IllegalStateException broken = new IllegalStateException("broken");
        Retry retry = retry(RetryPolicy.builder().retryOnResult(String.class, text -> {
            throw broken;
        }));
        assertSame(broken, assertThrows(IllegalStateException.class, () -> retry.call(() -> "x")));
        RetryPolicyBuilder builder = RetryPolicy.builder();
        assertThrows(NullPointerException.class, () -> builder.retryOnResult(null, result -> true));
        assertThrows(NullPointerException.class, () -> builder.retryOnResult(String.class, null));
        assertThrows(NullPointerException.class, () -> builder.delayFromResult((Class<String>) null, text -> null));
        assertThrows(NullPointerException.class, () -> builder.delayFromResult(String.class, null));
    }

    @Test
    void a_decorated_callable_retries() throws Exception {
        Retry retry = retry(typed());
        Callable<Integer> callable = retry.decorateCallable(() -> calls.incrementAndGet() - 3);
        assertEquals(0, callable.call());
        assertEquals(3, calls.get());
        assertThrows(NullPointerException.class, () -> retry.decorateCallable(null));
    }
}
