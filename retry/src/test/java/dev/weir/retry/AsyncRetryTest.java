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
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AsyncRetryTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final AtomicInteger calls = new AtomicInteger();

    @AfterEach
    void nothing_is_left() {
        assertFalse(Thread.interrupted(), "interrupt status left");
        assertEquals(0, time.waiters(), "a timer is left");
    }

    private static RetryPolicyBuilder attempts(int attempts) {
        return RetryPolicy.builder().maxAttempts(attempts).backoff(Backoff.fixed(SECOND));
    }

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.build()).timeSource(time).build();
    }

    private CompletableFuture<String> failing(Throwable failure) {
        calls.incrementAndGet();
        return CompletableFuture.failedFuture(failure);
    }

    private static Throwable failureOf(CompletableFuture<?> future) {
        return assertThrows(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS))
                .getCause();
    }

    @Test
    void attempts_follow_after_their_delays_until_one_succeeds() throws Exception {
        CompletableFuture<String> result = retry(attempts(5))
                .callAsync(() -> calls.incrementAndGet() < 3
                        ? CompletableFuture.failedFuture(new IOException())
                        : CompletableFuture.completedFuture("third"));
        assertEquals(1, calls.get());
        time.advance(Duration.ofMillis(999));
        assertEquals(1, calls.get());
        time.advance(Duration.ofMillis(1));
        assertEquals(2, calls.get());
        assertFalse(result.isDone());
        time.advance(SECOND);
        assertEquals("third", result.getNow(""));
    }

    @Test
    void the_last_failure_itself_is_the_futures_without_a_completion_exception() {
        List<IOException> failures = new ArrayList<>();
        CompletableFuture<String> result = retry(attempts(2)).callAsync(() -> {
            IOException failure = new IOException();
            failures.add(failure);
            return CompletableFuture.<String>failedFuture(failure).thenApply(String::trim);
        });
        time.advance(SECOND);
        assertSame(failures.get(1), failureOf(result));
        assertTrue(failures.get(1).getSuppressed()[0].getMessage().contains("EXHAUSTED"));
    }

    @Test
    void what_the_task_throws_is_a_failure_of_its_attempt_and_null_is_too() {
        IOException thrown = new IOException();
        CompletableFuture<String> result = retry(attempts(2)).callAsync(() -> {
            calls.incrementAndGet();
            throw thrown;
        });
        time.advance(SECOND);
        assertSame(thrown, failureOf(result));
        assertEquals(2, calls.get());
        CompletableFuture<String> none = retry(attempts(1)).callAsync(() -> null);
        assertInstanceOf(NullPointerException.class, failureOf(none));
    }

    @Test
    void a_rejected_result_is_retried_and_returned_at_the_end() throws Exception {
        Retry retry = retry(attempts(2).retryOnResult(r -> r == null));
        CompletableFuture<String> result = retry.callAsync(() -> {
            calls.incrementAndGet();
            return CompletableFuture.completedFuture(null);
        });
        time.advance(SECOND);
        assertNull(result.get());
        assertEquals(2, calls.get());
    }

    @Test
    void errors_interrupts_and_cancellations_are_never_retried() {
        for (Throwable never :
                List.of(new OutOfMemoryError("test"), new InterruptedException(), new CancellationException())) {
            calls.set(0);
            CompletableFuture<String> result =
                    retry(attempts(5)).callAsync(() -> failing(new CompletionException(never)));
            assertEquals(1, calls.get());
            assertSame(never, result.handle((value, failure) -> failure).join());
        }
    }

    @Test
    void an_interrupt_that_the_first_attempt_throws_stays_with_the_caller() {
        CompletableFuture<String> result = retry(attempts(5)).callAsync(() -> {
            throw new InterruptedException();
        });
        assertTrue(Thread.interrupted());
        assertInstanceOf(InterruptedException.class, failureOf(result));
    }

    @Test
    void a_wrapper_that_throws_when_asked_for_its_cause_is_what_comes_out() {
        CompletionException broken = new CompletionException("broken", null) {
            @Override
            public synchronized Throwable getCause() {
                throw new IllegalStateException("no cause");
            }
        };
        CompletableFuture<String> result = retry(attempts(1)).callAsync(() -> failing(broken));
        assertSame(broken, result.handle((value, failure) -> failure).getNow(null));
    }

    @Test
    void an_attempt_whose_time_is_over_before_it_begins_is_not_made() {
        TimeSource late = OddTimeSource.still((task, delay) -> {
            task.run(); // within schedule
            return () -> false;
        });
        Retry retry = Retry.builder(attempts(3)
                        .backoff(Backoff.none())
                        .attemptTimeout(SECOND)
                        .build())
                .timeSource(late)
                .build();
        CompletableFuture<String> result = retry.callAsync(() -> failing(new IOException()));
        assertInstanceOf(AttemptTimeoutException.class, failureOf(result));
        assertEquals(0, calls.get());
    }

    @Test
    void the_task_knows_its_attempt() {
        IOException first = new IOException();
        List<String> seen = new ArrayList<>();
        CompletableFuture<String> result = retry(attempts(3).retryOnResult("no"::equals))
                .callAsyncWithAttempt(attempt -> {
                    seen.add(attempt.number() + " " + attempt.isLast() + " " + (attempt.previousFailure() == first)
                            + " " + attempt.previousResult());
                    return switch (attempt.number()) {
                        case 1 -> CompletableFuture.failedFuture(first);
                        case 2 -> CompletableFuture.completedFuture("no");
                        default -> CompletableFuture.completedFuture("yes");
                    };
                });
        time.advance(SECOND);
        time.advance(SECOND);
        assertEquals("yes", result.getNow(""));
        assertEquals(List.of("1 false false null", "2 false true null", "3 true false no"), seen);
    }

    @Test
    void attempts_that_fail_at_once_need_no_deep_stack() {
        CompletableFuture<String> result =
                retry(attempts(100_000).backoff(Backoff.none())).callAsync(() -> failing(new IOException("always")));
        assertInstanceOf(IOException.class, failureOf(result));
        assertEquals(100_000, calls.get());
    }

    @Test
    void a_stage_that_ends_twice_counts_once() throws Exception {
        class Twice extends CompletableFuture<String> {
            @Override
            public CompletableFuture<String> whenComplete(
                    java.util.function.BiConsumer<? super String, ? super Throwable> action) {
                action.accept(null, new IOException());
                action.accept(null, new IOException());
                action.accept("late", null);
                throw new IllegalStateException("and that, too");
            }
        }
        CompletableFuture<String> result = retry(attempts(3))
                .callAsync(() -> calls.incrementAndGet() < 2 ? new Twice() : CompletableFuture.completedFuture("once"));
        assertEquals(1, time.waiters());
        time.advance(SECOND);
        assertEquals("once", result.get());
        assertEquals(2, calls.get());
    }

    @Test
    void an_attempt_that_takes_too_long_is_cancelled_and_retried() throws Exception {
        List<CompletableFuture<String>> stages = new ArrayList<>();
        CompletableFuture<String> result = retry(attempts(2).attemptTimeout(SECOND))
                .callAsync(() -> {
                    stages.add(new CompletableFuture<>());
                    return stages.get(stages.size() - 1);
                });
        time.advance(SECOND);
        assertTrue(stages.get(0).isCancelled());
        time.advance(SECOND);
        assertEquals(2, stages.size());
        stages.get(1).complete("second");
        assertEquals("second", result.get());
        CompletableFuture<String> late =
                retry(attempts(1).attemptTimeout(SECOND)).callAsync(CompletableFuture::new);
        time.advance(SECOND);
        assertInstanceOf(AttemptTimeoutException.class, failureOf(late));
    }

    @Test
    void the_deadline_ends_the_run() {
        Retry retry = retry(attempts(9).maxDuration(Duration.ofSeconds(3)));
        assertInstanceOf(IOException.class, failureOf(runFor(retry, SECOND, 5)));
        assertEquals(3, calls.get());
    }

    @Test
    void a_timer_that_is_late_starts_nothing_after_the_deadline_and_gives_back() {
        TimeSource late =
                new OddTimeSource(time::nanoTime, (task, delay) -> time.schedule(task, delay.multipliedBy(10)));
        RetryBudget budget = RetryBudget.tokens(3, 0);
        Retry retry = Retry.builder(attempts(9)
                        .maxDuration(Duration.ofSeconds(3))
                        .budget(budget)
                        .build())
                .timeSource(late)
                .build();
        Throwable failure = failureOf(runFor(retry, SECOND, 10));
        assertTrue(failure.getSuppressed()[0].getMessage().contains("DEADLINE"));
        assertEquals(1, calls.get());
        assertEquals(3, budget.available());
    }

    private CompletableFuture<String> runFor(Retry retry, Duration step, int steps) {
        CompletableFuture<String> result = retry.callAsync(() -> failing(new IOException()));
        for (int i = 0; i < steps; i++) {
            time.advance(step);
        }
        return result;
    }

    @Test
    void the_budget_is_paid_and_refilled() {
        RetryBudget budget = RetryBudget.tokens(2, 1);
        Retry retry = retry(attempts(9).budget(budget));
        assertInstanceOf(IOException.class, failureOf(runFor(retry, SECOND, 5)));
        assertEquals(3, calls.get());
        retry.callAsync(() -> CompletableFuture.completedFuture("x")).join();
        assertEquals(1, budget.available());
    }

    /**
     * Every function of a policy that throws, and a clock that does, in each of the places where they are asked. In
     * others the result stays incomplete for ever (Resilience4j #1718), or they are ignored (Failsafe).
     */
    @Test
    void whatever_throws_the_stage_completes() {
        IllegalStateException broken = new IllegalStateException();
        List<RetryPolicyBuilder> policies = List.of(
                attempts(3).retryIf(f -> fail(broken)),
                attempts(3).abortIf(f -> fail(broken)),
                attempts(3).backoff((retry, previous, random) -> fail(broken) ? 1 : 0),
                attempts(3).backoff((retry, previous, random) -> -1),
                attempts(3).delayFrom(f -> fail(broken) ? SECOND : null),
                attempts(3).maxDuration(SECOND.multipliedBy(9)).doNotCountIf(f -> fail(broken)),
                attempts(3).attemptTimeoutBy(n -> fail(broken) ? SECOND : null),
                attempts(3).budget(RetryBudget.tokens(9, 0, f -> fail(broken) ? 1 : 0)));
        for (RetryPolicyBuilder policy : policies) {
            CompletableFuture<String> result = retry(policy).callAsync(() -> failing(new IOException()));
            assertTrue(result.isCompletedExceptionally());
            assertInstanceOf(IllegalStateException.class, failureOf(result));
            assertEquals(0, time.waiters());
        }
        Retry byResult = retry(attempts(3).retryOnResult(r -> fail(broken)));
        assertSame(broken, failureOf(byResult.callAsync(() -> CompletableFuture.completedFuture("x"))));
        Retry byListener = retry(attempts(1).listener(new RetryListener() {
            @Override
            public void onGiveUp(int attempts, Throwable failure, StopReason reason) {
                fail(broken); // logged by intent
            }
        }));
        assertInstanceOf(IOException.class, failureOf(byListener.callAsync(() -> failing(new IOException()))));
        TimeSource noTimers = OddTimeSource.withoutTimers(broken);
        RetryBudget budget = RetryBudget.tokens(3, 0);
        Retry byClock = Retry.builder(attempts(3).budget(budget).build())
                .timeSource(noTimers)
                .build();
        assertSame(broken, failureOf(byClock.callAsync(() -> failing(new IOException()))));
        assertEquals(3, budget.available());
    }

    private static boolean fail(RuntimeException broken) {
        throw broken;
    }

    private static final class Events implements RetryListener {
        final List<String> events = new ArrayList<>();

        @Override
        public void onRetry(int attempt, Throwable failure, Duration delay) {
            events.add("retry " + attempt);
        }

        @Override
        public void onSuccess(int attempts) {
            events.add("success " + attempts);
        }

        @Override
        public void onGiveUp(int attempts, Throwable failure, StopReason reason) {
            events.add("gave up " + attempts + " " + reason);
        }
    }

    /** In others, a cancelled future retries on (Resilience4j, Failsafe #266). */
    @Test
    void cancel_at_every_instant_ends_the_run_and_leaves_nothing() {
        // Attempts of 3 ms with timers of their own, delays of 4 ms, a timeout of 5 ms: 3 attempts end at 17 ms.
        for (int cancelAt = 0; cancelAt <= 20; cancelAt++) {
            for (String how : List.of("cancel", "complete", "fail")) {
                calls.set(0);
                ManualTimeSource clock = new ManualTimeSource();
                RetryBudget budget = RetryBudget.tokens(10, 0);
                Events events = new Events();
                Retry retry = Retry.builder(RetryPolicy.builder()
                                .backoff(Backoff.fixed(Duration.ofMillis(4)))
                                .attemptTimeout(Duration.ofMillis(5))
                                .budget(budget)
                                .listener(events)
                                .build())
                        .timeSource(clock)
                        .build();
                List<CompletableFuture<String>> stages = new ArrayList<>();
                CompletableFuture<String> result = retry.callAsync(() -> {
                    calls.incrementAndGet();
                    CompletableFuture<String> stage = new CompletableFuture<>();
                    var timer =
                            clock.schedule(() -> stage.completeExceptionally(new IOException()), Duration.ofMillis(3));
                    stage.whenComplete((value, failure) -> timer.cancel());
                    stages.add(stage);
                    return stage;
                });
                for (int ms = 0; ms < cancelAt; ms++) {
                    clock.advance(Duration.ofMillis(1));
                }
                boolean ours = switch (how) {
                    case "cancel" -> result.cancel(true);
                    case "complete" -> result.complete("x");
                    default -> result.completeExceptionally(new RuntimeException());
                };
                String when = how + " at " + cancelAt;
                assertEquals(cancelAt < 17, ours, when);
                int made = calls.get();
                assertEquals(cancelAt < 7 ? 1 : cancelAt < 14 ? 2 : 3, made, when);
                assertTrue(result.isDone());
                assertEquals(0, clock.waiters(), when);
                assertTrue(stages.get(made - 1).isDone(), when);
                assertEquals(10 - (made - 1), budget.available(), when); // a delay that was cancelled is given back
                clock.advance(Duration.ofHours(1));
                assertEquals(made, calls.get(), when);
                String last = events.events.get(events.events.size() - 1);
                assertEquals("gave up " + made + (ours ? " CANCELLED" : " EXHAUSTED"), last, when);
                assertEquals(
                        1,
                        events.events.stream()
                                .filter(e -> !e.startsWith("retry"))
                                .count(),
                        when);
            }
        }
    }

    @Test
    void cancel_while_the_task_gives_its_stage_cancels_that_stage() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        List<CompletableFuture<String>> result = new ArrayList<>();
        result.add(retry(attempts(3)).callAsync(() -> {
            if (calls.incrementAndGet() == 1) {
                return CompletableFuture.failedFuture(new IOException());
            }
            result.get(0).cancel(true);
            return stage;
        }));
        time.advance(SECOND);
        assertTrue(stage.isCancelled());
        assertEquals(2, calls.get());
    }

    @Test
    void cancel_by_the_listener_between_the_attempts_starts_no_other() {
        List<CompletableFuture<String>> result = new ArrayList<>();
        RetryBudget budget = RetryBudget.tokens(5, 0);
        CompletableFuture<String> first = new CompletableFuture<>();
        result.add(retry(attempts(3).backoff(Backoff.none()).budget(budget).listener(new RetryListener() {
                    @Override
                    public void onRetry(int attempt, Throwable failure, Duration delay) {
                        result.get(0).cancel(true);
                    }
                }))
                .callAsync(() -> calls.incrementAndGet() == 1 ? first : failing(new IOException())));
        first.completeExceptionally(new IOException());
        assertTrue(result.get(0).isCancelled());
        assertEquals(1, calls.get());
        assertEquals(5, budget.available());
    }

    @Test
    void a_stage_without_a_future_is_left_alone() {
        class Bare extends CompletableFuture<String> {
            @Override
            public CompletableFuture<String> toCompletableFuture() {
                throw new UnsupportedOperationException();
            }
        }
        CompletionStage<String> bare = new Bare();
        CompletableFuture<String> result = retry(attempts(3)).callAsync(() -> bare);
        assertTrue(result.cancel(true));
        assertTrue(result.isCancelled());
    }

    @Test
    void on_the_system_clock_many_runs_cancelled_at_any_moment_all_complete() throws Exception {
        long seed = System.nanoTime();
        System.out.println("cancel seed " + seed);
        java.util.Random random = new java.util.Random(seed);
        RetryBudget budget = RetryBudget.tokens(200_000, 0);
        AtomicInteger retries = new AtomicInteger();
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(20)
                .backoff(Backoff.fixed(Duration.ofNanos(20_000)).withFullJitter())
                .budget(budget)
                .build());
        for (int i = 0; i < 2_000; i++) {
            AtomicInteger made = new AtomicInteger();
            CompletableFuture<String> result = retry.callAsync(() -> {
                made.incrementAndGet();
                return CompletableFuture.failedFuture(new IOException());
            });
            long until = System.nanoTime() + random.nextInt(400_000);
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            result.cancel(true);
            assertTrue(result.isDone());
            retries.addAndGet(made.get() - 1);
        }
        // An attempt that a timer had begun at the cancellation may be counted a little later.
        assertTrue(
                budget.available() + retries.get() >= 200_000 - 2_000 && budget.available() + retries.get() <= 200_000);
    }

    @Test
    void a_clock_that_throws_after_the_delay_ends_the_run_and_gives_back() throws Exception {
        IllegalStateException broken = new IllegalStateException("clock");
        IOException failure = new IOException();
        RetryBudget budget = RetryBudget.tokens(10, 0);
        List<StopReason> ends = new ArrayList<>();
        RetryPolicy policy = attempts(3)
                .maxDuration(Duration.ofMinutes(1))
                .budget(budget)
                .listener(new RetryListener() {
                    @Override
                    public void onGiveUp(int attempts, Throwable last, StopReason reason) {
                        ends.add(reason);
                    }
                })
                .build();
        AtomicInteger readings = new AtomicInteger();
        TimeSource breaking = new OddTimeSource(
                () -> {
                    if (readings.incrementAndGet() == 3) { // the start, after the attempt, after the delay
                        throw broken;
                    }
                    return 0;
                },
                time::schedule);
        Retry retry = Retry.builder(policy).timeSource(breaking).build();
        CompletableFuture<String> result = retry.callAsync(() -> failing(failure));
        time.advance(SECOND);
        assertSame(broken, failureOf(result));
        assertSame(failure, broken.getSuppressed()[0]);
        assertEquals(10, budget.available());
        assertEquals(List.of(StopReason.ABORTED), ends);
        readings.set(0);
        assertSame(
                broken,
                assertThrows(
                        IllegalStateException.class,
                        () -> retry.call(() -> {
                            throw failure;
                        })));
        assertEquals(10, budget.available());
        assertEquals(List.of(StopReason.ABORTED, StopReason.ABORTED), ends);
    }

    @Test
    void cancel_while_the_next_timeout_is_asked_for_starts_no_other_and_gives_back() throws Exception {
        RetryBudget budget = RetryBudget.tokens(10, 0);
        List<CompletableFuture<String>> results = new ArrayList<>();
        results.add(retry(attempts(3).budget(budget).attemptTimeoutBy(number -> {
                    results.forEach(result -> result.cancel(false)); // there is one from the second attempt on
                    return SECOND;
                }))
                .callAsync(() -> failing(new IOException())));
        time.advance(SECOND);
        assertTrue(results.get(0).isCancelled());
        assertEquals(1, calls.get());
        assertEquals(10, budget.available());
    }
}
