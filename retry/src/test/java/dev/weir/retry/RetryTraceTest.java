package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What runs leave on the exceptions that they throw. */
class RetryTraceTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();
    private final AtomicInteger calls = new AtomicInteger();

    @AfterEach
    void no_interrupt_leaks() {
        assertFalse(Thread.interrupted(), "interrupt status left");
    }

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.build()).timeSource(time).build();
    }

    private static RetryPolicyBuilder attempts(int attempts) {
        return RetryPolicy.builder().maxAttempts(attempts).backoff(Backoff.fixed(SECOND));
    }

    private String failing(Throwable failure) throws Throwable {
        calls.incrementAndGet();
        throw failure;
    }

    private static Retry retryAtOnce() {
        return Retry.of(RetryPolicy.builder().backoff(Backoff.none()).build());
    }

    /** In others, three calls become nine (Resilience4j #1678). */
    @Test
    void two_nested_retries_of_three_make_three_calls_also_through_a_thread() {
        Retry inner = retry(attempts(3));
        Retry outer = retry(attempts(3));
        assertThrows(IOException.class, () -> outer.call(() -> inner.call(() -> failing(new IOException()))));
        assertEquals(3, calls.get());
        Retry timed = Retry.of(attempts(3).attemptTimeout(Duration.ofMinutes(1)).build());
        assertThrows(IOException.class, () -> timed.call(() -> inner.call(() -> failing(new IOException()))));
        assertEquals(6, calls.get());
        CompletableFuture<String> async = retryAtOnce()
                .callAsync(() -> retryAtOnce().callAsync(() -> {
                    calls.incrementAndGet();
                    return CompletableFuture.<String>failedFuture(new IOException());
                }));
        assertInstanceOf(IOException.class, async.exceptionNow());
        assertEquals(9, calls.get());
    }

    /** It grows without bound in others. */
    @Test
    void suppressed_history_stays_small_also_on_a_static_exception() throws Exception {
        IOException shared = new IOException("static");
        FutureTask<Void> other = new FutureTask<>(() -> {
            for (int i = 0; i < 2_000; i++) {
                assertThrows(IOException.class, () -> retryAtOnce().call(() -> failing(shared)));
            }
            return null;
        });
        Thread.ofPlatform().start(other);
        for (int i = 0; i < 2_000; i++) {
            assertThrows(IOException.class, () -> retryAtOnce().call(() -> failing(shared)));
        }
        other.get();
        assertEquals(1, shared.getSuppressed().length);
        assertTrue(shared.getSuppressed()[0].getMessage().length() < 2_000);
        assertEquals(0, shared.getSuppressed()[0].getStackTrace().length);
        // When the exception gets its trace, a run of the other thread may take it for that of a run inside of its own.
        assertTrue(calls.get() >= 11_998 && calls.get() <= 12_000, "" + calls.get());
    }

    @Test
    void a_shared_exception_says_how_the_last_run_ended_that_threw_it() {
        IOException shared = new IOException("closed");
        for (int attempts : new int[] {2, 5}) {
            assertThrows(IOException.class, () -> retry(attempts(attempts)).call(() -> failing(shared)));
        }
        assertEquals(1, shared.getSuppressed().length);
        assertTrue(shared.getSuppressed()[0].getMessage().startsWith("gave up after attempt 5 (EXHAUSTED)"));
    }

    @Test
    void the_story_of_an_inner_run_is_kept() {
        Retry inner = retry(attempts(4));
        Retry outer = retry(attempts(2).retryNested());
        IOException failure =
                assertThrows(IOException.class, () -> outer.call(() -> inner.call(() -> failing(new IOException()))));
        assertEquals(8, calls.get());
        assertTrue(failure.getSuppressed()[0].getMessage().startsWith("gave up after attempt 4 (EXHAUSTED)"));
    }
}
