package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class HedgeTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger interrupted = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    @AfterEach
    void nothing_is_left() {
        assertFalse(Thread.interrupted(), "interrupt status left");
        assertEquals(started.get(), ended.get(), "an attempt still runs");
        assertEquals(0, time.waiters());
    }

    /** An attempt that waits until it is interrupted. */
    private String hang() throws InterruptedException {
        try {
            new CountDownLatch(1).await();
            return "never";
        } catch (InterruptedException stopped) {
            interrupted.incrementAndGet();
            throw stopped;
        }
    }

    /** The attempts, by their number from 1 on. */
    private ThrowingSupplier<String, Exception> attempts(ThrowingFunction<Integer, String, Exception> by) {
        return () -> {
            int number = started.incrementAndGet();
            try {
                return by.apply(number);
            } finally {
                ended.incrementAndGet();
            }
        };
    }

    /** The caller waits on the clock; its attempts start a little later, each in its thread. */
    private void awaitStarted(int attempts) throws InterruptedException {
        time.awaitWaiters(1);
        while (started.get() < attempts) {
            Thread.onSpinWait();
        }
    }

    private <T> FutureTask<T> inThread(java.util.concurrent.Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.ofPlatform().start(task);
        return task;
    }

    private Hedge.Builder afterASecond() {
        return Hedge.after(SECOND).timeSource(time);
    }

    @Test
    void a_quick_first_attempt_is_the_only_one() throws Exception {
        assertEquals("1", afterASecond().build().call(attempts(String::valueOf)));
        assertEquals(1, started.get());
    }

    @Test
    void a_slow_first_attempt_is_overtaken_interrupted_and_joined() throws Exception {
        Hedge hedge = afterASecond().build();
        FutureTask<String> call = inThread(() -> hedge.call(attempts(n -> n == 1 ? hang() : "second")));
        awaitStarted(1);
        time.advance(Duration.ofNanos(999_999_999));
        assertEquals(1, started.get());
        awaitStarted(1);
        time.advance(Duration.ofNanos(1));
        assertEquals("second", call.get());
        assertEquals(1, interrupted.get());
        assertEquals(2, ended.get());
    }

    @Test
    void the_first_attempt_may_still_win_and_the_hedge_is_interrupted() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        Hedge hedge = afterASecond().build();
        FutureTask<String> call = inThread(() -> hedge.call(attempts(n -> {
            if (n == 2) {
                first.countDown();
                return hang();
            }
            first.await();
            return "first";
        })));
        awaitStarted(1);
        time.advance(SECOND);
        assertEquals("first", call.get());
        assertEquals(1, interrupted.get());
    }

    @Test
    void as_many_attempts_as_allowed_each_the_delay_after_the_one_before() throws Exception {
        Hedge hedge = afterASecond().maxAttempts(3).build();
        FutureTask<String> call = inThread(() -> hedge.call(attempts(n -> n < 3 ? hang() : "third")));
        awaitStarted(1);
        time.advance(SECOND);
        awaitStarted(2);
        assertEquals(Duration.ofSeconds(1).toNanos(), time.nanoTime());
        time.advance(SECOND);
        assertEquals("third", call.get());
        assertEquals(2, interrupted.get());
    }

    @Test
    void a_failure_starts_no_hedge_and_is_thrown_as_it_is() {
        IOException failure = new IOException();
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> afterASecond().build().call(attempts(n -> {
                            throw failure;
                        }))));
        assertEquals(1, started.get());
    }

    @Test
    void a_failed_first_attempt_leaves_it_to_the_hedge() throws Exception {
        CountDownLatch failed = new CountDownLatch(1);
        Hedge hedge = Hedge.after(Duration.ZERO).build();
        CountDownLatch both = new CountDownLatch(2);
        assertEquals("second", hedge.call(attempts(n -> {
            both.countDown();
            both.await();
            if (n == 1) {
                failed.countDown();
                throw new IOException();
            }
            failed.await();
            return "second";
        })));
    }

    @Test
    void if_all_fail_the_first_failure_is_thrown_with_the_others_suppressed() {
        CountDownLatch both = new CountDownLatch(2);
        Hedge hedge = Hedge.after(Duration.ZERO).build();
        IOException thrown = assertThrows(
                IOException.class,
                () -> hedge.call(attempts(n -> {
                    both.countDown();
                    both.await();
                    throw new IOException("failure");
                })));
        assertEquals(1, thrown.getSuppressed().length);
        assertEquals("failure", thrown.getSuppressed()[0].getMessage());
        assertEquals(2, started.get());
    }

    @Test
    void an_error_ends_the_call_at_once() {
        CountDownLatch second = new CountDownLatch(1);
        Hedge hedge = Hedge.after(Duration.ZERO).build();
        assertThrows(
                StackOverflowError.class,
                () -> hedge.call(attempts(n -> {
                    if (n == 1) {
                        second.await();
                        throw new StackOverflowError("test");
                    }
                    second.countDown();
                    return hang();
                })));
        assertEquals(1, interrupted.get());
    }

    @Test
    void an_error_after_a_failure_is_what_the_caller_gets() {
        CountDownLatch failed = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        Hedge hedge = Hedge.after(Duration.ZERO).build();
        StackOverflowError error = assertThrows(
                StackOverflowError.class,
                () -> hedge.call(attempts(n -> {
                    if (n == 1) {
                        second.await();
                        failed.countDown();
                        throw new IOException("first");
                    }
                    second.countDown();
                    failed.await();
                    Thread.sleep(20); // most often enough for the first to be told; either way the error is thrown
                    throw new StackOverflowError("test");
                })));
        assertEquals("test", error.getMessage());
    }

    /** One that is exhausted killed hedges that ran, in failsafe-go (#141). */
    @Test
    void an_exhausted_budget_starts_no_hedge_and_lets_what_runs_run() throws Exception {
        RetryBudget budget = RetryBudget.tokens(1, 0);
        CountDownLatch answer = new CountDownLatch(1);
        Hedge hedge = afterASecond().maxAttempts(3).budget(budget).build();
        FutureTask<String> call = inThread(() -> hedge.call(attempts(n -> {
            answer.await();
            return "answer";
        })));
        awaitStarted(1);
        time.advance(SECOND);
        awaitStarted(2);
        time.advance(SECOND); // for the third, which there is no token for
        answer.countDown();
        assertEquals("answer", call.get());
        assertEquals(2, started.get());
        assertEquals(0, budget.available());
    }

    @Test
    void a_budget_is_shared_with_retries_and_filled_by_calls() throws Exception {
        RetryBudget budget = RetryBudget.ratio(0.5, 0, 10, time);
        for (int i = 0; i < 10; i++) {
            budget.take(null);
        }
        Hedge hedge = afterASecond().budget(budget).build();
        hedge.call(() -> "");
        assertEquals(0.5, budget.available());
        Retry retry = Retry.of(RetryPolicy.builder().budget(budget).build());
        retry.callWithAttempt(attempt -> afterASecond().build().callIn(attempt, () -> ""));
        assertEquals(1, budget.available()); // one call, counted once
    }

    @Test
    void an_interrupt_of_the_caller_interrupts_and_joins_all() throws Exception {
        Hedge hedge = afterASecond().build();
        FutureTask<Throwable> call = new FutureTask<>(
                () -> assertThrows(InterruptedException.class, () -> hedge.call(attempts(n -> hang()))));
        Thread thread = Thread.ofPlatform().start(call);
        awaitStarted(1);
        time.advance(SECOND);
        while (started.get() < 2) {
            Thread.onSpinWait();
        }
        thread.interrupt();
        call.get();
        assertEquals(2, interrupted.get());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> hedge.call(attempts(n -> "")));
        assertEquals(2, started.get());
    }

    @Test
    void an_interrupt_of_the_caller_while_a_loser_ends_is_kept() throws Exception {
        CountDownLatch losing = new CountDownLatch(1);
        AtomicBoolean sent = new AtomicBoolean();
        Hedge hedge = afterASecond().build();
        FutureTask<String> call = new FutureTask<>(() -> {
            String result = hedge.call(attempts(n -> {
                if (n == 1) {
                    Call.until(() -> Thread.currentThread().isInterrupted()); // which does not use it up
                    losing.countDown();
                    Call.until(sent::get);
                }
                return Integer.toString(n);
            }));
            return result + (Thread.interrupted() ? ", interrupted" : "");
        });
        Thread thread = Thread.ofPlatform().start(call);
        awaitStarted(1);
        time.advance(SECOND);
        losing.await();
        thread.interrupt();
        sent.set(true);
        assertEquals("2, interrupted", call.get());
    }

    @Test
    void a_broken_budget_or_clock_ends_the_call_after_all_is_joined() throws Exception {
        IllegalStateException broken = new IllegalStateException();
        Hedge hedge = afterASecond()
                .budget(RetryBudget.tokens(1, 0, any -> {
                    throw broken;
                }))
                .build();
        FutureTask<String> call = inThread(() -> hedge.call(attempts(n -> hang())));
        awaitStarted(1);
        time.advance(SECOND);
        assertSame(broken, assertThrows(ExecutionException.class, call::get).getCause());
        assertEquals(1, interrupted.get());
    }

    @Test
    void within_a_retry_its_deadline_ends_the_call() throws Exception {
        Retry retry = Retry.builder(
                        RetryPolicy.builder().maxDuration(Duration.ofSeconds(3)).build())
                .timeSource(time)
                .build();
        Hedge hedge = afterASecond().maxAttempts(9).build();
        FutureTask<Throwable> call = inThread(() -> assertThrows(
                AttemptTimeoutException.class,
                () -> retry.callWithAttempt(attempt -> hedge.callIn(attempt, attempts(n -> hang())))));
        for (int i = 0; i < 3; i++) {
            time.awaitWaiters(1);
            time.advance(SECOND);
        }
        Throwable late = call.get();
        assertInstanceOf(java.util.concurrent.TimeoutException.class, late.getCause());
        assertTrue(started.get() <= 3);
        assertEquals(started.get(), interrupted.get());
    }

    @Test
    void a_measured_delay_is_the_percentile_of_the_last_calls() throws Exception {
        HedgeDelay delay = HedgeDelay.measured(0.95, 7, Duration.ofNanos(1));
        for (int i = 1; i < HedgeDelay.EVERY; i++) {
            delay.record(100);
        }
        assertEquals(7, delay.nanos());
        delay.record(100);
        assertEquals(100, delay.nanos());
        for (int i = 1; i <= 2 * HedgeDelay.KEPT; i++) {
            delay.record(i % 100);
        }
        assertTrue(delay.nanos() >= 93 && delay.nanos() <= 96, "" + delay.nanos());
        for (int i = 1; i <= 5 * HedgeDelay.KEPT; i++) { // the old ones are forgotten, however long it runs
            delay.record(3);
        }
        assertEquals(3, delay.nanos());
    }

    @Test
    void at_a_percentile_the_calls_are_measured() throws Exception {
        Hedge hedge =
                Hedge.atPercentile(50, Duration.ofHours(1)).timeSource(time).build();
        for (int i = 0; i < HedgeDelay.EVERY; i++) {
            hedge.call(() -> {
                time.advance(Duration.ofMillis(5));
                return "";
            });
        }
        assertEquals(Duration.ofMillis(5).toNanos(), hedge.delay.nanos());
        FutureTask<String> call = inThread(() -> hedge.call(attempts(n -> n == 1 ? hang() : "second")));
        awaitStarted(1);
        time.advance(Duration.ofMillis(5));
        assertEquals("second", call.get());
    }

    @Test
    void at_a_percentile_the_winner_is_measured_and_not_the_wait_for_the_loser() throws Exception {
        Hedge hedge = Hedge.atPercentile(50, Duration.ZERO).timeSource(time).build();
        for (int i = 0; i < HedgeDelay.EVERY; i++) {
            started.set(0);
            ended.set(0);
            CountDownLatch both = new CountDownLatch(1);
            assertEquals("first", hedge.call(attempts(n -> {
                if (n == 1) {
                    both.await();
                    return "first";
                }
                both.countDown();
                try {
                    return hang();
                } finally {
                    time.advance(SECOND); // it takes its time to stop
                }
            })));
        }
        assertEquals(1, hedge.delay.nanos()); // the resolution of the clock, on which the winners took no time
    }

    @Test
    void many_races_have_one_winner_each_and_leave_nothing() throws Exception {
        Hedge hedge = Hedge.after(Duration.ZERO).maxAttempts(4).build();
        for (int i = 0; i < 2_000; i++) {
            AtomicInteger running = new AtomicInteger();
            String result = hedge.call(() -> {
                running.incrementAndGet();
                Thread.yield();
                running.decrementAndGet();
                return "x";
            });
            assertEquals("x", result);
            assertEquals(0, running.get());
        }
    }

    @Test
    void the_logging_context_is_the_callers_and_decorated_functions_keep_their_type() throws Exception {
        MDC.put("key", "value");
        try {
            String seen = Hedge.after(SECOND).build().call(() -> MDC.get("key"));
            assertEquals(MDC.get("key"), seen); // null both, if the logger keeps no context
            ThrowingFunction<String, Integer, IOException> length =
                    Hedge.after(SECOND).build().decorate(HedgeTest::length);
            assertEquals(3, length.apply("abc"));
        } finally {
            MDC.remove("key");
        }
    }

    private static int length(String text) throws IOException {
        if (text.isEmpty()) {
            throw new IOException();
        }
        return text.length();
    }

    @Test
    void bad_input_is_refused_by_name() {
        assertThrows(IllegalArgumentException.class, () -> Hedge.after(Duration.ofNanos(-1)));
        assertThrows(IllegalArgumentException.class, () -> Hedge.after(SECOND).maxAttempts(0));
        for (double percentile : new double[] {0, 100, -1, Double.NaN}) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> Hedge.atPercentile(percentile, SECOND))
                    .getMessage()
                    .startsWith("percentile must be"));
        }
    }

    @Test
    void at_a_percentile_calls_that_take_no_time_by_the_clock_do_not_hedge_all_others() throws Exception {
        Hedge hedge = Hedge.atPercentile(95, SECOND).timeSource(time).build();
        for (int i = 0; i < 2 * HedgeDelay.EVERY; i++) {
            hedge.call(attempts(String::valueOf));
        }
        started.set(0);
        ended.set(0);
        assertEquals("1", hedge.call(attempts(number -> {
            Thread.sleep(5); // by the clock, which stands still, no time either
            return String.valueOf(number);
        })));
    }

    @Test
    void an_attempt_may_fork_into_the_scope_that_the_caller_is_in() throws Exception {
        Hedge hedge = afterASecond().build();
        Retry limited = Retry.of(
                RetryPolicy.builder().attemptTimeout(Duration.ofHours(1)).build());
        try (TaskScope<Exception> scope = TaskScope.failFast()) {
            Subtask<String> forked = hedge.call(() -> scope.fork(() -> "by the hedge"));
            Subtask<String> other = limited.call(() -> scope.fork(() -> "by the attempt"));
            scope.join();
            assertEquals("by the hedge", forked.get());
            assertEquals("by the attempt", other.get());
        }
    }

    @Test
    void the_interrupt_of_a_loser_is_gone_when_its_thread_is_used_again() throws Exception {
        Hedge hedge = Hedge.after(Duration.ZERO).build();
        for (int i = 0; i < 300; i++) {
            CountDownLatch both = new CountDownLatch(2);
            hedge.call(() -> {
                assertFalse(Thread.currentThread().isInterrupted());
                both.countDown();
                return both.getCount() == 0 ? "last" : hang();
            });
        }
    }

    /** A listener that throws all that it is notified of. */
    private static final class Events implements HedgeListener {
        final List<String> list = new CopyOnWriteArrayList<>();

        @Override
        public void onHedge(int attempt) {
            list.add("made " + attempt);
            throw new IllegalStateException("expected by this test");
        }

        @Override
        public void onWin(int attempt) {
            list.add("won " + attempt);
            throw new IllegalStateException("expected by this test");
        }
    }

    @Test
    void hedges_made_and_won_are_counted_and_reported_and_a_listener_that_throws_harms_nobody() throws Exception {
        Events events = new Events();
        Hedge hedge = afterASecond().maxAttempts(3).listener(events).build();
        assertEquals(new HedgeMetrics(0, 0, 0), hedge.metrics());
        assertEquals("1", hedge.call(attempts(String::valueOf)));
        assertEquals(List.of(), events.list);
        started.set(0);
        ended.set(0);
        FutureTask<String> call = inThread(() -> hedge.call(attempts(n -> n < 3 ? hang() : "third")));
        awaitStarted(1);
        time.advance(SECOND);
        awaitStarted(2);
        time.advance(SECOND);
        assertEquals("third", call.get());
        assertEquals(List.of("made 2", "made 3", "won 3"), events.list);
        assertEquals(new HedgeMetrics(2, 2, 1), hedge.metrics());
        assertThrows(NullPointerException.class, () -> afterASecond().listener(null));
        assertThrows(IllegalArgumentException.class, () -> new HedgeMetrics(0, -1, 0));
    }

    @Test
    void hedges_of_stages_are_counted_and_reported() throws Exception {
        Events events = new Events();
        Hedge hedge = afterASecond().listener(events).build();
        List<CompletableFuture<String>> stages = new CopyOnWriteArrayList<>();
        ThrowingSupplier<CompletableFuture<String>, RuntimeException> task = () -> {
            stages.add(new CompletableFuture<>());
            return stages.getLast();
        };
        CompletableFuture<String> second = hedge.callAsync(task);
        time.advance(SECOND);
        stages.get(1).complete("second");
        assertEquals("second", second.get());
        CompletableFuture<String> first = hedge.callAsync(task);
        time.advance(SECOND);
        stages.get(2).complete("first");
        assertEquals("first", first.get());
        CompletableFuture<String> cancelled = hedge.callAsync(task);
        time.advance(SECOND);
        cancelled.cancel(true);
        stages.get(5).complete("too late");
        assertEquals(List.of("made 2", "won 2", "made 2", "made 2"), events.list);
        assertEquals(new HedgeMetrics(3, 3, 1), hedge.metrics());
    }
}
