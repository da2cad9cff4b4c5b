package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * A run is stopped before the dependents of its future run, in whatever way that is completed. A
 * {@code CompletableFuture} runs them, the latest first, within {@code cancel} (helidon #12510, caffeine #625, automq
 * #1790).
 */
class AsyncCancelTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static final List<Consumer<CompletableFuture<String>>> WAYS = List.of(
            future -> future.cancel(true),
            future -> future.complete("x"),
            future -> future.completeExceptionally(new IllegalStateException()),
            future -> future.completeAsync(() -> "x", Runnable::run),
            future -> future.completeAsync(
                    () -> {
                        throw new IllegalStateException();
                    },
                    Runnable::run),
            future -> future.obtrudeValue("x"),
            future -> future.obtrudeException(new IllegalStateException()));

    private final ManualTimeSource time = new ManualTimeSource();
    private final List<CompletableFuture<String>> stages = new ArrayList<>();

    private CompletableFuture<String> attempt() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        stages.add(stage);
        return stage;
    }

    private Retry retry() {
        return Retry.builder(RetryPolicy.builder()
                        .maxAttempts(9)
                        .backoff(Backoff.fixed(SECOND))
                        .build())
                .timeSource(time)
                .build();
    }

    @Test
    void the_running_attempt_is_cancelled_before_dependents_run() {
        for (Consumer<CompletableFuture<String>> way : WAYS) {
            stages.clear();
            CompletableFuture<String> future = retry().callAsync(this::attempt);
            List<Boolean> cancelled = new ArrayList<>();
            future.whenComplete((value, failure) -> cancelled.add(stages.get(0).isCancelled()));
            way.accept(future);
            assertTrue(future.isDone());
            if (!cancelled.isEmpty()) { // an obtruded result has no dependents to run
                assertEquals(List.of(true), cancelled);
            }
            assertTrue(stages.get(0).isCancelled());
            assertEquals(0, time.waiters());
        }
    }

    @Test
    void no_attempt_starts_while_dependents_run() {
        for (Consumer<CompletableFuture<String>> way : WAYS) {
            stages.clear();
            CompletableFuture<String> future = retry().callAsync(this::attempt);
            stages.get(0).completeExceptionally(new IOException());
            future.whenComplete((value, failure) -> time.advance(Duration.ofHours(1)));
            way.accept(future);
            assertEquals(1, stages.size());
            assertEquals(0, time.waiters());
        }
    }

    @Test
    void no_hedge_starts_while_dependents_run_and_all_attempts_are_cancelled_before() {
        for (Consumer<CompletableFuture<String>> way : WAYS) {
            stages.clear();
            CompletableFuture<String> future =
                    Hedge.after(SECOND).maxAttempts(9).timeSource(time).build().callAsync(this::attempt);
            time.advance(SECOND);
            future.whenComplete((value, failure) -> {
                assertTrue(stages.stream().allMatch(CompletableFuture::isCancelled));
                time.advance(Duration.ofHours(1));
            });
            way.accept(future);
            assertEquals(2, stages.size());
            assertTrue(stages.stream().allMatch(CompletableFuture::isCancelled));
            assertEquals(0, time.waiters());
        }
    }

    @Test
    void the_listener_hears_of_a_cancellation_once_the_future_is_complete() {
        List<String> events = new ArrayList<>();
        List<CompletableFuture<String>> futures = new ArrayList<>();
        RetryPolicy policy = RetryPolicy.builder()
                .listener(new RetryListener() {
                    @Override
                    public void onGiveUp(int attempts, Throwable failure, StopReason reason) {
                        events.add(reason + " " + futures.get(0).isCancelled());
                    }
                })
                .build();
        futures.add(Retry.builder(policy).timeSource(time).build().callAsync(this::attempt));
        futures.get(0).cancel(false);
        futures.get(0).cancel(false);
        assertEquals(List.of("CANCELLED true"), events);
    }

    @Test
    void a_timeout_of_the_future_stops_the_run() throws Exception {
        CompletableFuture<String> future = retry().callAsync(this::attempt);
        future.orTimeout(1, TimeUnit.MILLISECONDS);
        Call.until(future::isDone);
        assertTrue(stages.get(0).isCancelled());
        assertFalse(future.complete("late"));
    }
}
