package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Times;
import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RetryMetricsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.build()).timeSource(time).build();
    }

    private static RetryPolicyBuilder everySecond(int attempts) {
        return RetryPolicy.builder().maxAttempts(attempts).backoff(Backoff.fixed(SECOND));
    }

    private static String fails(Exception failure) throws Exception {
        throw failure;
    }

    @Test
    void runs_that_succeed_at_once_are_counted_in_every_form() throws Exception {
        Retry retry = retry(everySecond(3));
        assertEquals(new RetryMetrics(0, 0, 0, 0, Map.of(), Times.NONE), retry.metrics());
        retry.call(() -> "x");
        retry.run(() -> {});
        retry.callWithAttempt(attempt -> "x");
        retry.attempt(() -> "x");
        retry.callAsync(() -> CompletableFuture.completedFuture("x")).join();
        retry.attemptAsync(() -> CompletableFuture.completedFuture("x")).join();
        retry.decorate((String a) -> a).apply("x");
        retry.withDeadline(Deadline.never()).call(() -> "x");
        assertEquals(new RetryMetrics(8, 0, 0, 0, Map.of(), Times.NONE), retry.metrics());
        assertEquals(8, retry.metrics().attempts());
    }

    @Test
    void retries_are_counted_by_the_kind_of_cause_and_their_delays_measured() throws Exception {
        Retry retry = retry(everySecond(4).retryOnResult(String.class, String::isEmpty));
        AtomicInteger attempts = new AtomicInteger();
        assertEquals("x", retry.call(() -> switch (attempts.incrementAndGet()) {
            case 1 -> fails(new IOException());
            case 2 -> "";
            case 3 -> fails(new AttemptTimeoutException(new TimeoutException()));
            default -> "x";
        }));
        RetryMetrics metrics = retry.metrics();
        assertEquals(1, metrics.calls());
        assertEquals(1, metrics.retriesAfterFailure());
        assertEquals(1, metrics.retriesAfterResult());
        assertEquals(1, metrics.retriesAfterTimeout());
        assertEquals(3, metrics.retries());
        assertEquals(4, metrics.attempts());
        assertEquals(Map.of(), metrics.gaveUp());
        assertEquals(3, metrics.delayed().samples());
        assertEquals(Duration.ofSeconds(3), metrics.delayed().total());
    }

    @Test
    void what_gave_up_is_counted_by_the_reason() throws Exception {
        Retry retry = retry(everySecond(2).abortOn(IllegalStateException.class));
        for (int i = 0; i < 3; i++) {
            assertThrows(IOException.class, () -> retry.call(() -> fails(new IOException())));
        }
        assertThrows(IllegalStateException.class, () -> retry.call(() -> fails(new IllegalStateException())));
        assertThrows(
                IOException.class,
                () -> retry.withDeadline(Deadline.after(Duration.ZERO, time)).call(() -> fails(new IOException())));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> retry.call(() -> "never begins"));
        assertFalse(Thread.interrupted());
        CompletableFuture<String> cancelled = retry.callAsync(CompletableFuture::new);
        cancelled.cancel(false);
        assertEquals(
                Map.of(
                        StopReason.EXHAUSTED, 3L,
                        StopReason.ABORTED, 1L,
                        StopReason.DEADLINE, 1L,
                        StopReason.CANCELLED, 1L),
                retry.metrics().gaveUp());
        assertEquals(6, retry.metrics().calls());
        assertEquals(3, retry.metrics().retries());
    }

    @Test
    void metrics_are_a_copy_that_does_not_change() {
        Map<StopReason, Long> reasons = new HashMap<>(Map.of(StopReason.BUDGET, 1L));
        RetryMetrics metrics = new RetryMetrics(1, 0, 0, 0, reasons, Times.NONE);
        reasons.clear();
        assertEquals(Map.of(StopReason.BUDGET, 1L), metrics.gaveUp());
        assertThrows(UnsupportedOperationException.class, () -> metrics.gaveUp().clear());
    }

    @Test
    void many_threads_are_counted_exactly() throws Exception {
        Retry retry = retry(everySecond(1));
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Runnable task = () -> {
                for (int j = 0; j < 100; j++) {
                    try {
                        boolean fails = j % 4 == 0;
                        retry.call(() -> fails ? fails(new IOException()) : "x");
                    } catch (Exception expected) {
                        // a quarter
                    }
                }
            };
            threads.add(
                    i % 2 == 0
                            ? Thread.ofVirtual().start(task)
                            : Thread.ofPlatform().start(task));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(2_000, retry.metrics().calls());
        assertEquals(Map.of(StopReason.EXHAUSTED, 500L), retry.metrics().gaveUp());
    }

    @Test
    void a_budget_counts_what_it_pays_refuses_and_gets_back() throws Exception {
        RetryBudget budget = RetryBudget.tokens(2, 0);
        Retry retry = retry(everySecond(3).budget(budget.named("lookups")));
        assertThrows(IOException.class, () -> retry.call(() -> fails(new IOException())));
        assertThrows(IOException.class, () -> retry.call(() -> fails(new IOException())));
        assertEquals(new RetryBudgetMetrics(0, 2, 2, 1, 0), budget.metrics());
        budget.giveBack(budget.take(null) < 0 ? 1_000 : 0);
        assertEquals(new RetryBudgetMetrics(1, 2, 2, 2, 1), budget.metrics());
    }

    @Test
    void names_are_given_or_numbered_and_never_blank() {
        RetryPolicy policy = RetryPolicy.defaults();
        assertTrue(Retry.of(policy).name().matches("retry-[1-9][0-9]*"));
        assertNotEquals(Retry.of(policy).name(), Retry.of(policy).name());
        Retry named = Retry.builder(policy).name("lookup").build();
        assertEquals("lookup", named.withDeadline(Deadline.never()).name());
        assertEquals(
                "Retry.Builder[lookup, RetryPolicy[3 attempts]]",
                Retry.builder(policy).name("lookup").toString());
        assertThrows(IllegalArgumentException.class, () -> Retry.builder(policy).name(" "));
        RetryBudget budget = RetryBudget.tokens(1, 0);
        assertTrue(budget.name().matches("budget-[1-9][0-9]*"));
        assertEquals("lookups", budget.named("lookups").name());
        assertThrows(IllegalArgumentException.class, () -> budget.named(""));
        assertTrue(Hedge.after(SECOND).build().name().matches("hedge-[1-9][0-9]*"));
        assertEquals("lookup", Hedge.after(SECOND).name("lookup").build().name());
        assertThrows(IllegalArgumentException.class, () -> Hedge.after(SECOND).name(" "));
    }
}
