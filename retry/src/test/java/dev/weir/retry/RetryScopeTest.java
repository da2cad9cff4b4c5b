package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** The shutdown of a scope ends the delays of retries, and nothing else. */
@Timeout(60)
class RetryScopeTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final RetryScope scope = new RetryScope();
    private final RetryBudget budget = RetryBudget.tokens(1, 0);
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger attempts = new AtomicInteger();
    private final IOException down = new IOException("down");

    private RetryPolicyBuilder policy(Duration delay) {
        return RetryPolicy.builder()
                .maxAttempts(5)
                .backoff(Backoff.fixed(delay))
                .budget(budget)
                .listener(new RetryListener() {
                    @Override
                    public void onGiveUp(int attempts, @Nullable Throwable failure, StopReason reason) {
                        heard.add(attempts + " " + reason);
                    }
                });
    }

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.build()).timeSource(time).build().within(scope);
    }

    private String fail() throws IOException {
        attempts.incrementAndGet();
        throw down;
    }

    private CompletableFuture<String> failLater() {
        attempts.incrementAndGet();
        return CompletableFuture.failedFuture(down);
    }

    /** Waits until that many runs wait for their next attempt. */
    private void awaitDelays(int count) {
        Call.until(() -> scope.toString().equals("RetryScope[" + count + " delays]"));
    }

    private static String story(Throwable failure) {
        return failure.getSuppressed()[0].getMessage();
    }

    @Test
    void a_thread_that_waits_for_its_next_attempt_gets_the_last_failure_at_once() throws Exception {
        Call<String> call = Call.onPlatformThread(() -> retry(policy(HOUR)).call(this::fail));
        Call<String> virtual = Call.start(
                () -> retry(policy(HOUR).budget(RetryBudget.tokens(1, 0))).call(this::fail));
        awaitDelays(2);
        scope.shutdown();
        assertSame(down, call.failure());
        assertSame(down, virtual.failure());
        assertTrue(story(down).startsWith("gave up after attempt 1 (SHUTDOWN)"), story(down));
        assertEquals(List.of("1 SHUTDOWN", "1 SHUTDOWN"), heard);
        assertEquals(2, attempts.get());
        assertEquals(1, budget.available(), "given back");
        assertEquals("RetryScope[shut down]", scope.toString());
        assertFalse(call.wasInterruptedAtEnd());
    }

    @Test
    void a_rejected_result_is_returned() throws Exception {
        Call<RetryResult<String>> call = Call.onPlatformThread(
                () -> retry(policy(HOUR).retryOnResult("bad"::equals)).attempt(() -> "bad"));
        awaitDelays(1);
        scope.close();
        RetryResult.Rejected<?> rejected = assertInstanceOf(RetryResult.Rejected.class, call.result());
        assertEquals(StopReason.SHUTDOWN, rejected.reason());
        assertEquals("bad", rejected.value());
    }

    @Test
    void a_future_fails_with_the_last_failure_and_its_timer_is_cancelled() {
        MDC.put("user", "alice");
        CompletableFuture<String> future = retry(policy(HOUR)).callAsync(this::failLater);
        CompletableFuture<String> user = future.handle((value, failure) -> MDC.get("user"));
        MDC.clear();
        assertEquals(1, time.waiters());
        scope.shutdown();
        assertEquals("alice", user.join()); // first: a thread that joins the future itself may run what depends on it
        assertSame(down, assertThrows(CompletionException.class, future::join).getCause());
        assertEquals(0, time.waiters());
        assertEquals(1, budget.available(), "given back");
        Call.until(() -> heard.equals(List.of("1 SHUTDOWN"))); // the report comes last
    }

    @Test
    void a_slow_dependent_does_not_hold_up_the_end_of_others() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        List<CompletableFuture<String>> futures = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            CompletableFuture<String> future =
                    retry(policy(HOUR).budget(RetryBudget.tokens(1, 0))).callAsync(this::failLater);
            boolean first = i == 0;
            futures.add(future.handle((value, failure) -> Call.uninterrupted(() -> {
                if (first) {
                    slow.await();
                }
                return "";
            })));
        }
        scope.shutdown();
        for (CompletableFuture<String> future : futures.subList(1, 10)) {
            future.join();
        }
        slow.countDown();
        futures.get(0).join();
    }

    @Test
    void a_running_attempt_goes_on_and_is_the_last() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Call<String> succeeds = Call.onPlatformThread(() -> retry(policy(HOUR)).call(() -> {
            go.await();
            return "done";
        }));
        Call<String> fails =
                Call.onPlatformThread(() -> retry(policy(Duration.ZERO)).call(() -> {
                    go.await();
                    return fail();
                }));
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> later = retry(policy(Duration.ZERO)).callAsync(() -> stage);
        succeeds.assertRests();
        fails.assertRests();
        scope.shutdown();
        assertFalse(later.isDone());
        go.countDown();
        assertEquals("done", succeeds.result());
        assertSame(down, fails.failure());
        stage.completeExceptionally(new IOException("late"));
        assertThrows(CompletionException.class, later::join);
        assertEquals(List.of("1 SHUTDOWN", "1 SHUTDOWN"), heard);
        assertEquals(1, attempts.get());
    }

    @Test
    void a_call_that_comes_later_makes_one_attempt() throws Exception {
        scope.shutdown();
        scope.shutdown();
        assertTrue(scope.isShutdown());
        assertEquals("fine", retry(policy(HOUR)).call(() -> "fine"));
        assertSame(
                down, assertThrows(IOException.class, () -> retry(policy(HOUR)).call(this::fail)));
        CompletableFuture<String> future = retry(policy(HOUR)).callAsync(this::failLater);
        assertTrue(future.isCompletedExceptionally());
        assertEquals(2, attempts.get());
        assertEquals(1, budget.available());
    }

    @Test
    void an_interrupt_and_a_cancel_end_a_delay_as_they_do_without_a_scope_and_leave_nothing_in_it() throws Exception {
        Call<String> call = Call.onPlatformThread(() -> retry(policy(HOUR)).call(this::fail));
        awaitDelays(1);
        call.interrupt();
        call.assertThrew(InterruptedException.class);
        CompletableFuture<String> future = retry(policy(HOUR)).callAsync(this::failLater);
        assertTrue(future.cancel(true));
        CompletableFuture<String> expired = retry(policy(HOUR).maxAttempts(2)).callAsync(this::failLater);
        time.advance(HOUR);
        assertThrows(CompletionException.class, expired::join);
        assertEquals(List.of("1 INTERRUPTED", "1 CANCELLED", "2 EXHAUSTED"), heard);
        assertEquals("RetryScope[0 delays]", scope.toString());
        scope.shutdown();
        assertEquals(3, heard.size());
    }

    @Test
    void delays_that_nobody_ends_are_as_long_as_without_a_scope() throws Exception {
        ManualTimeSource automatic = ManualTimeSource.autoAdvancing();
        Retry retry = Retry.builder(
                        policy(HOUR).budget(RetryBudget.tokens(9, 0)).build())
                .timeSource(automatic)
                .build()
                .within(scope);
        assertThrows(IOException.class, () -> retry.call(this::fail));
        assertEquals(Duration.ofHours(4).toNanos(), automatic.nanoTime());
        assertEquals(5, attempts.get());
    }

    @Test
    void a_clock_that_throws_ends_the_run_and_makes_no_early_attempt() {
        TimeSource broken = new TimeSource() {
            @Override
            public long nanoTime() {
                return 0;
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {
                throw new IllegalStateException("broken");
            }

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                throw new IllegalStateException("broken");
            }
        };
        Retry retry =
                Retry.builder(policy(HOUR).build()).timeSource(broken).build().within(scope);
        assertThrows(IllegalStateException.class, () -> retry.call(this::fail));
        assertEquals(1, attempts.get());
        assertEquals("RetryScope[0 delays]", scope.toString());
        assertEquals(1, budget.available());
    }

    @Test
    void an_outer_retry_does_not_repeat_what_ended_for_the_shutdown() {
        scope.shutdown();
        Retry outer = Retry.of(RetryPolicy.builder().backoff(Backoff.none()).build());
        assertThrows(
                IOException.class, () -> outer.call(() -> retry(policy(HOUR)).call(this::fail)));
        assertEquals(1, attempts.get());
    }

    // ---- hedges

    @Test
    void a_hedge_makes_no_further_attempt_and_what_runs_decides_the_call() throws Exception {
        Hedge hedge = Hedge.after(HOUR).timeSource(time).build().within(scope);
        CountDownLatch go = new CountDownLatch(1);
        Call<String> call = Call.onPlatformThread(() -> hedge.call(() -> {
            attempts.incrementAndGet();
            go.await();
            return "first";
        }));
        Call.until(() -> attempts.get() == 1);
        time.awaitWaiters(1);
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> later = hedge.callAsync(() -> {
            attempts.incrementAndGet();
            return stage;
        });
        scope.shutdown();
        time.advance(HOUR);
        assertEquals(2, attempts.get());
        go.countDown();
        stage.complete("stage");
        assertEquals("first", call.result());
        assertEquals("stage", later.join());
        assertEquals(0, hedge.metrics().made());
    }

    @Test
    void a_hedge_in_an_attempt_is_bound_to_the_scope_of_the_retry() {
        Hedge hedge = Hedge.after(HOUR).timeSource(time).build();
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> later = retry(policy(HOUR))
                .callAsyncWithAttempt(attempt -> hedge.callAsyncIn(attempt, () -> {
                    attempts.incrementAndGet();
                    return stage;
                }));
        scope.shutdown();
        time.advance(HOUR);
        assertEquals(1, attempts.get());
        stage.complete("stage");
        assertEquals("stage", later.join());
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        assertEquals("page", RetrySnippets.scope(Retry.of(RetryPolicy.defaults()), () -> "page"));
        assertNull(assertThrows(
                        NullPointerException.class, () -> retry(policy(HOUR)).within(null))
                .getCause());
    }
}
