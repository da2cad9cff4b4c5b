package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/**
 * Whatever an asynchronous run does in other threads has its caller's context, and those threads keep theirs. In others
 * it is the context of whatever thread goes on with the run (resilience4j #1265 and #1900, reactor-core #2751).
 */
class AsyncContextTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void nothing_is_left() {
        MDC.clear();
    }

    private boolean see(String where) {
        seen.add(where + " " + MDC.get("user"));
        return true;
    }

    private RetryPolicy policy() {
        return RetryPolicy.builder()
                .maxAttempts(3)
                .backoff((retry, previous, random) -> see("backoff") ? SECOND.toNanos() : 0)
                .retryIf(failure -> see("retryIf"))
                .attemptTimeoutBy(number -> see("timeout") ? SECOND : null)
                .listener(new RetryListener() {
                    @Override
                    public void onRetry(int attempt, Throwable failure, Duration delay) {
                        see("onRetry");
                    }

                    @Override
                    public void onGiveUp(int attempts, Throwable failure, StopReason reason) {
                        see("onGiveUp");
                    }
                })
                .build();
    }

    @Test
    void attempts_functions_and_listeners_have_the_callers_context() throws Exception {
        List<CompletableFuture<String>> stages = new ArrayList<>();
        MDC.put("user", "bob");
        CompletableFuture<String> future = Retry.builder(policy())
                .timeSource(time)
                .build()
                .callAsync(() -> {
                    see("attempt");
                    stages.add(new CompletableFuture<>());
                    return stages.get(stages.size() - 1);
                });
        MDC.put("user", "alice"); // the thread goes on with somebody else's work
        stages.get(0).completeExceptionally(new IOException());
        time.advance(SECOND);
        time.advance(SECOND); // the second one is out of time
        time.advance(SECOND);
        assertEquals(3, stages.size());
        future.cancel(true);
        assertEquals("alice", MDC.get("user"));
        assertEquals(12, seen.size(), seen.toString());
        seen.forEach(place -> assertEquals("bob", place.substring(place.indexOf(' ') + 1), place));
    }

    @Test
    void a_caller_without_a_context_gets_nobodys() {
        CompletableFuture<String> first = new CompletableFuture<>();
        Retry.builder(policy()).timeSource(time).build().callAsync(() -> {
            see("attempt");
            return seen.size() < 3 ? first : CompletableFuture.completedFuture("x");
        });
        MDC.put("user", "alice");
        first.completeExceptionally(new IOException());
        time.advance(SECOND);
        assertEquals("alice", MDC.get("user"));
        seen.forEach(place -> assertEquals("null", place.substring(place.indexOf(' ') + 1), place));
    }

    @Test
    void hedges_have_the_callers_context_on_the_systems_clock_too() throws Exception {
        MDC.put("user", "bob");
        CompletableFuture<String> future = Hedge.after(Duration.ofMillis(1))
                .build()
                .callAsync(() -> {
                    see("attempt");
                    return seen.size() == 1 ? new CompletableFuture<>() : CompletableFuture.completedFuture("x");
                });
        assertEquals("x", future.get(10, TimeUnit.SECONDS));
        assertEquals(List.of("attempt bob", "attempt bob"), seen);
        MDC.clear();
        CompletableFuture<String> next = Hedge.after(Duration.ofMillis(1))
                .build()
                .callAsync(() -> {
                    seen.add(String.valueOf(MDC.get("user")));
                    return seen.size() == 3 ? new CompletableFuture<>() : CompletableFuture.completedFuture("x");
                });
        assertEquals("x", next.get(10, TimeUnit.SECONDS));
        assertEquals("null", seen.get(3)); // the thread kept nothing
        assertNull(MDC.get("user"));
    }
}
