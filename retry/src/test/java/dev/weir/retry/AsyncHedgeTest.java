package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@link Hedge#callAsync}: the attempts' stages are completed by the test, by hand. */
class AsyncHedgeTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final List<CompletableFuture<String>> attempts = new ArrayList<>();

    @AfterEach
    void nothing_is_left() {
        assertFalse(Thread.interrupted(), "interrupt status left");
        assertEquals(0, time.waiters(), "a timer is left");
        assertTrue(attempts.stream().allMatch(CompletableFuture::isDone), "an attempt is left");
    }

    private Hedge.Builder afterASecond() {
        return Hedge.after(SECOND).timeSource(time);
    }

    private CompletableFuture<String> attempt() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        attempts.add(stage);
        return stage;
    }

    private static Throwable failureOf(CompletableFuture<?> future) {
        return assertThrows(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS))
                .getCause();
    }

    @Test
    void a_result_at_hand_is_returned_at_once_without_a_timer() {
        CompletableFuture<String> call =
                afterASecond().build().callAsync(() -> CompletableFuture.completedFuture("at once"));
        assertEquals("at once", call.getNow(""));
        assertEquals(0, time.waiters());
    }

    @Test
    void a_slow_first_attempt_is_overtaken_and_cancelled() {
        CompletableFuture<String> call = afterASecond().build().callAsync(this::attempt);
        time.advance(Duration.ofNanos(999_999_999));
        assertEquals(1, attempts.size());
        time.advance(Duration.ofNanos(1));
        assertEquals(2, attempts.size());
        assertFalse(call.isDone());
        attempts.get(1).complete("second");
        assertEquals("second", call.getNow(""));
        assertTrue(attempts.get(0).isCancelled());
    }

    @Test
    void the_first_attempt_may_still_win_and_the_hedge_is_cancelled() {
        CompletableFuture<String> call = afterASecond().build().callAsync(this::attempt);
        time.advance(SECOND);
        attempts.get(0).complete("first");
        assertEquals("first", call.getNow(""));
        assertTrue(attempts.get(1).isCancelled());
    }

    @Test
    void as_many_attempts_as_allowed_each_the_delay_after_the_one_before() {
        CompletableFuture<String> call = afterASecond().maxAttempts(4).build().callAsync(this::attempt);
        for (int number = 1; number <= 4; number++) {
            assertEquals(number, attempts.size());
            time.advance(SECOND);
        }
        assertEquals(4, attempts.size());
        attempts.get(2).complete("third");
        assertEquals("third", call.getNow(""));
    }

    @Test
    void a_failure_starts_no_hedge_and_is_the_futures_as_it_is() {
        IOException failure = new IOException();
        CompletableFuture<String> call = afterASecond().build().callAsync(this::attempt);
        attempts.get(0).completeExceptionally(failure);
        assertSame(failure, failureOf(call));
        assertEquals(1, attempts.size());
    }

    @Test
    void if_all_fail_the_first_failure_is_the_futures_with_the_others_suppressed() {
        CompletableFuture<String> call = afterASecond().build().callAsync(this::attempt);
        time.advance(SECOND);
        IOException first = new IOException("hedge's");
        IOException second = new IOException("first attempt's");
        attempts.get(1).completeExceptionally(first);
        assertFalse(call.isDone());
        attempts.get(0).completeExceptionally(second);
        assertSame(first, failureOf(call));
        assertSame(second, first.getSuppressed()[0]);
    }

    @Test
    void an_error_ends_the_call_at_once_and_so_does_a_cancelled_stage() {
        CompletableFuture<String> call = afterASecond().build().callAsync(this::attempt);
        time.advance(SECOND);
        OutOfMemoryError error = new OutOfMemoryError("test");
        attempts.get(0).completeExceptionally(error);
        assertSame(error, failureOf(call));
        assertTrue(attempts.get(1).isCancelled());
        CompletableFuture<String> other = afterASecond().build().callAsync(this::attempt);
        attempts.get(2).cancel(true);
        assertTrue(other.isCancelled() || other.isCompletedExceptionally());
    }

    @Test
    void cancelling_cancels_every_attempt_and_starts_no_other() {
        CompletableFuture<String> call = afterASecond().maxAttempts(3).build().callAsync(this::attempt);
        time.advance(SECOND);
        call.cancel(true);
        time.advance(SECOND);
        assertEquals(2, attempts.size());
        assertTrue(attempts.stream().allMatch(CompletableFuture::isCancelled));
    }

    @Test
    void cancelled_while_an_attempt_starts_its_stage_is_cancelled() {
        List<CompletableFuture<String>> calls = new ArrayList<>();
        calls.add(afterASecond().build().callAsync(() -> {
            if (!attempts.isEmpty()) {
                calls.get(0).cancel(true);
            }
            return attempt();
        }));
        time.advance(SECOND);
        assertEquals(2, attempts.size());
        assertTrue(attempts.get(1).isCancelled());
    }

    @Test
    void an_exhausted_budget_starts_no_hedge_and_a_hedge_is_paid_once() {
        RetryBudget budget = RetryBudget.tokens(1, 0.5);
        Hedge hedge = afterASecond().budget(budget).maxAttempts(3).build();
        CompletableFuture<String> call = hedge.callAsync(this::attempt);
        time.advance(SECOND);
        time.advance(SECOND);
        assertEquals(2, attempts.size());
        assertEquals(0, budget.available());
        attempts.get(0).complete("first");
        assertEquals("first", call.getNow(""));
        assertEquals(0.5, budget.available());
    }

    @Test
    void a_budget_or_a_clock_that_throws_ends_the_call() {
        IllegalStateException broken = new IllegalStateException("budget");
        RetryBudget budget = RetryBudget.tokens(1, 1, failure -> {
            throw broken;
        });
        CompletableFuture<String> call = afterASecond().budget(budget).build().callAsync(this::attempt);
        time.advance(SECOND);
        assertSame(broken, failureOf(call));
        assertSame(
                broken,
                failureOf(Hedge.after(SECOND)
                        .timeSource(OddTimeSource.withoutTimers(broken))
                        .build()
                        .callAsync(this::attempt)));
    }

    @Test
    void what_the_task_throws_is_a_failure_of_its_attempt_and_its_interrupt_stays_with_the_caller() {
        Hedge hedge = afterASecond().build();
        IOException thrown = new IOException();
        assertSame(thrown, failureOf(hedge.callAsync(() -> {
            throw thrown;
        })));
        assertInstanceOf(NullPointerException.class, failureOf(hedge.callAsync(() -> null)));
        CompletableFuture<String> call = hedge.callAsync(() -> {
            throw new InterruptedException();
        });
        assertTrue(Thread.interrupted());
        assertInstanceOf(InterruptedException.class, failureOf(call));
    }

    @Test
    void within_a_retry_its_budget_pays_and_its_deadline_ends_the_call() {
        RetryBudget budget = RetryBudget.tokens(10, 1);
        Retry retry = Retry.builder(RetryPolicy.builder()
                        .maxAttempts(3)
                        .maxDuration(Duration.ofSeconds(5))
                        .backoff(Backoff.fixed(SECOND))
                        .budget(budget)
                        .build())
                .timeSource(time)
                .build();
        Hedge hedge = afterASecond().build();
        List<Integer> numbers = new ArrayList<>();
        CompletableFuture<String> call = retry.callAsyncWithAttempt(attempt -> {
            numbers.add(attempt.number());
            return hedge.callAsyncIn(attempt, this::attempt);
        });
        time.advance(SECOND);
        attempts.forEach(stage -> stage.completeExceptionally(new IOException()));
        time.advance(SECOND);
        assertEquals(List.of(1, 2), numbers);
        time.advance(SECOND);
        assertEquals(4, attempts.size());
        assertEquals(7, budget.available()); // two hedges and a retry
        time.advance(Duration.ofSeconds(2));
        assertInstanceOf(AttemptTimeoutException.class, failureOf(call));
    }

    @Test
    void at_a_percentile_the_calls_are_measured() {
        Hedge hedge =
                Hedge.atPercentile(50, Duration.ofSeconds(100)).timeSource(time).build();
        for (int i = 0; i < HedgeDelay.EVERY; i++) {
            CompletableFuture<String> call = hedge.callAsync(this::attempt);
            time.advance(SECOND);
            attempts.get(i).complete("");
            assertTrue(call.isDone());
        }
        assertEquals(SECOND.toNanos(), hedge.delay.nanos());
    }

    @Test
    void random_scripts_complete_every_call_as_the_first_success_or_the_first_failure() {
        long seed = new Random().nextLong();
        System.out.println("AsyncHedgeTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 5_000; round++) {
            attempts.clear();
            CompletableFuture<String> call =
                    afterASecond().maxAttempts(1 + random.nextInt(4)).build().callAsync(this::attempt);
            Throwable firstFailure = null;
            String expected = null;
            AtomicInteger open = new AtomicInteger();
            while (!call.isDone()) {
                List<CompletableFuture<String>> running =
                        attempts.stream().filter(stage -> !stage.isDone()).toList();
                open.set(running.size());
                CompletableFuture<String> one = running.get(random.nextInt(running.size()));
                switch (random.nextInt(4)) {
                    case 0 -> {
                        expected = "round " + round;
                        one.complete(expected);
                    }
                    case 1 -> {
                        IOException failure = new IOException();
                        firstFailure = firstFailure == null ? failure : firstFailure;
                        one.completeExceptionally(failure);
                        assertEquals(open.get() == 1, call.isDone(), "seed " + seed);
                    }
                    default -> time.advance(Duration.ofMillis(random.nextInt(1_500)));
                }
            }
            if (expected != null) {
                assertEquals(expected, call.getNow(""), "seed " + seed);
            } else {
                assertSame(firstFailure, failureOf(call), "seed " + seed);
            }
            assertTrue(attempts.stream().allMatch(CompletableFuture::isDone), "seed " + seed);
        }
    }

    @Test
    void bad_input_is_refused_by_name() {
        Hedge hedge = afterASecond().build();
        assertEquals(
                "task",
                assertThrows(NullPointerException.class, () -> hedge.callAsync(null))
                        .getMessage());
        assertThrows(CancellationException.class, () -> {
            CompletableFuture<String> call = hedge.callAsync(this::attempt);
            call.cancel(false);
            call.join();
        });
    }
}
