package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.CapturedLog;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();

    /** What a clock shows that is set, also back. */
    private long now;

    private final TimeSource set = new OddTimeSource(() -> now, (task, delay) -> {
        throw new UnsupportedOperationException();
    });

    private Retry retry(RetryBudget budget, int attempts) {
        return Retry.builder(RetryPolicy.builder()
                        .maxAttempts(attempts)
                        .backoff(Backoff.none())
                        .budget(budget)
                        .build())
                .timeSource(time)
                .build();
    }

    private static RetryResult<String> failing(Retry retry, Throwable failure) throws InterruptedException {
        return retry.attempt(() -> {
            throw failure;
        });
    }

    @Test
    void an_empty_budget_ends_the_run_at_once_with_its_failure() throws Exception {
        RetryBudget budget = RetryBudget.tokens(3, 0);
        IOException failure = new IOException();
        RetryResult<String> result = failing(retry(budget, 10), failure);
        assertEquals(StopReason.BUDGET, result.reason());
        assertEquals(4, result.attempts());
        assertEquals(failure, ((RetryResult.Failed<String>) result).failure());
        assertEquals(1, failing(retry(budget, 10), new IOException()).attempts());
        assertEquals("ok", retry(budget, 10).call(() -> "ok"));
        assertEquals("RetryBudget[" + budget.name() + ", 0.0 of 3 tokens]", budget.toString());
        assertEquals(new RetryBudgetMetrics(0, 3, 3, 2, 0), budget.metrics());
    }

    @Test
    void a_rejected_result_is_paid_for_too() throws Exception {
        RetryBudget budget = RetryBudget.tokens(1, 0);
        Retry retry = Retry.of(RetryPolicy.builder()
                .backoff(Backoff.none())
                .retryOnResult("no"::equals)
                .budget(budget)
                .build());
        assertEquals("no", retry.call(() -> "no"));
        RetryResult<String> result = retry.attempt(() -> "no");
        assertEquals(StopReason.BUDGET, result.reason());
        assertEquals(1, result.attempts());
    }

    @Test
    void a_ratio_allows_that_many_retries_of_the_calls_and_the_floor() throws Exception {
        RetryBudget budget = RetryBudget.ratio(0.1, 2, 10, time);
        Retry retry = retry(budget, 2);
        int retries = 0;
        for (int call = 0; call < 1000; call++) { // an outage: every call fails
            retries += failing(retry, new IOException()).attempts() - 1;
        }
        assertEquals(109, retries); // 10 and a tenth of the 999 calls that found room for what they add
        assertEquals(0.9, budget.available());
        time.advance(Duration.ofSeconds(3));
        assertEquals(6.9, budget.available());
        time.advance(Duration.ofHours(1));
        assertEquals(10, budget.available());
    }

    @Test
    void successes_refill_and_the_failure_says_the_cost() throws Exception {
        RetryBudget budget = RetryBudget.tokens(20, 0.5, failure -> failure instanceof SocketTimeoutException ? 10 : 5);
        Retry retry = retry(budget, 2);
        failing(retry, new IOException());
        assertEquals(15, budget.available());
        failing(retry, new SocketTimeoutException());
        assertEquals(5, budget.available());
        assertEquals(
                StopReason.BUDGET, failing(retry, new SocketTimeoutException()).reason());
        assertEquals(5, budget.available());
        for (int i = 0; i < 10; i++) {
            retry.run(() -> {});
        }
        assertEquals(10, budget.available());
        for (int i = 0; i < 100; i++) {
            retry.run(() -> {});
        }
        assertEquals(20, budget.available());
    }

    @Test
    void a_throwing_cost_is_thrown_with_the_failure_suppressed() {
        IllegalStateException broken = new IllegalStateException();
        IOException failure = new IOException();
        RetryBudget budget = RetryBudget.tokens(20, 0, any -> {
            throw broken;
        });
        assertEquals(
                broken,
                assertThrows(
                        IllegalStateException.class,
                        () -> retry(budget, 2).run(() -> {
                            throw failure;
                        })));
        assertEquals(failure, broken.getSuppressed()[0]);
        RetryBudget negative = RetryBudget.tokens(20, 0, any -> -1);
        assertThrows(
                IllegalStateException.class,
                () -> retry(negative, 2).run(() -> {
                    throw failure;
                }));
        assertEquals(20, negative.available());
    }

    @Test
    void an_interrupted_delay_gives_back_once() {
        RetryBudget budget = RetryBudget.tokens(5, 0);
        assertThrows(
                InterruptedException.class,
                () -> retry(budget, 9).run(() -> {
                    if (budget.available() == 3) {
                        Thread.currentThread().interrupt();
                    }
                    throw new IOException();
                }));
        assertEquals(3, budget.available()); // two retries were made, and the third was not
    }

    @Test
    void a_delay_that_ends_too_late_gives_back() throws Exception {
        class Late implements TimeSource {
            @Override
            public long nanoTime() {
                return time.nanoTime();
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {
                time.parkNanos(blocker, nanos * 10);
            }

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                return time.schedule(task, delay);
            }
        }
        RetryBudget budget = RetryBudget.tokens(5, 0);
        Retry retry = Retry.builder(RetryPolicy.builder()
                        .backoff(Backoff.fixed(Duration.ofSeconds(1)))
                        .maxDuration(Duration.ofSeconds(5))
                        .budget(budget)
                        .build())
                .timeSource(new Late())
                .build();
        RetryResult<String> result = failing(retry, new IOException());
        assertEquals(StopReason.DEADLINE, result.reason());
        assertEquals(1, result.attempts());
        assertEquals(5, budget.available());
    }

    @Test
    void many_threads_never_overspend() throws Exception {
        int threads = 8;
        RetryBudget budget = RetryBudget.ratio(0.25, 0, 100, time);
        for (int i = 0; i < 100; i++) {
            budget.take(null);
        }
        AtomicInteger retries = new AtomicInteger();
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            FutureTask<Void> task = new FutureTask<>(() -> {
                Retry retry = retry(budget, 3);
                for (int i = 0; i < 5_000; i++) {
                    retries.addAndGet(failing(retry, new IOException()).attempts() - 1);
                }
                return null;
            });
            tasks.add(task);
            Thread.ofPlatform().start(task);
        }
        for (FutureTask<Void> task : tasks) {
            task.get();
        }
        assertEquals(threads * 5_000 / 4.0, retries.get() + budget.available());
    }

    @Test
    void the_account_is_exact_over_random_scripts_of_any_time() {
        long seed = System.nanoTime();
        System.out.println("budget seed " + seed);
        Random random = new Random(seed);
        for (int script = 0; script < 2_000; script++) {
            ManualTimeSource clock = new ManualTimeSource(random.nextLong());
            int capacity = 1 + random.nextInt(random.nextBoolean() ? 5 : TokenAccount.MAX_TOKENS);
            int perSecond = random.nextInt(3) * random.nextInt(1000);
            TokenAccount account = new TokenAccount(capacity, perSecond, clock);
            long balance = capacity * 1000L;
            long millis = 0;
            long uncounted = 0;
            for (int i = 0; i < 50; i++) {
                if (random.nextBoolean()) {
                    long step = random.nextInt(10) == 0 ? random.nextLong(1L << 31) : random.nextInt(100);
                    clock.advance(Duration.ofMillis(step));
                    millis += step;
                    uncounted += step;
                }
                long units = random.nextLong(capacity * 1500L);
                if (random.nextBoolean()) {
                    account.add(units);
                    balance = Math.min(capacity * 1000L, balance + units);
                } else {
                    long present = Math.min(capacity * 1000L, balance + uncounted * perSecond);
                    assertEquals(units <= present, account.take(units), "seed " + seed + " at " + millis + " ms");
                    if (units <= present) {
                        balance = present - units;
                        uncounted = 0;
                    }
                }
                assertEquals(Math.min(capacity * 1000L, balance + uncounted * perSecond), account.available());
            }
        }
    }

    @Test
    void a_reading_of_an_overtaken_thread_adds_nothing() {
        TokenAccount account = new TokenAccount(10, 1, set);
        now = 5_000_000_000L;
        assertTrue(account.take(10_000));
        now = 4_000_000_000L;
        assertEquals(0, account.available());
        now = 6_000_000_000L;
        assertEquals(1_000, account.available());
    }

    @Test
    void a_reading_is_that_of_an_overtaken_thread_up_to_an_hour_before() {
        TokenAccount account = new TokenAccount(10, 1, set);
        now = Duration.ofHours(2).toNanos();
        assertTrue(account.take(10_000));
        now = Duration.ofHours(1).toNanos();
        assertEquals(0, account.available());
        now -= 1_000_000; // two years after the take, as the milliseconds have wrapped
        assertEquals(10_000, account.available());
    }

    @Test
    void the_largest_account_holds_all_its_tokens() {
        int most = TokenAccount.MAX_TOKENS;
        TokenAccount account = new TokenAccount(most, most, set);
        assertEquals(262_143, account.capacity());
        assertTrue(account.take(most * 1_000L));
        assertEquals(0, account.available());
        now = 1_000_000;
        assertEquals(most, account.available(), "a unit per millisecond is a token per second");
        now = Duration.ofDays(365).toNanos();
        assertEquals(most * 1_000L, account.available());
        assertThrows(IllegalArgumentException.class, () -> new TokenAccount(most + 1, 0, set));
        assertThrows(IllegalArgumentException.class, () -> new TokenAccount(1, most + 1, set));
    }

    @Test
    void bad_input_is_refused_by_name() {
        for (double ratio : new double[] {-0.1, 0.0001, 100.1, Double.NaN}) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> RetryBudget.ratio(ratio, 1))
                    .getMessage()
                    .startsWith("ratio must be"));
        }
        assertThrows(IllegalArgumentException.class, () -> RetryBudget.ratio(0.1, -1));
        assertThrows(IllegalArgumentException.class, () -> RetryBudget.ratio(0.1, 1 << 20));
        assertThrows(IllegalArgumentException.class, () -> RetryBudget.ratio(0.1, 1, 0, time));
        assertThrows(IllegalArgumentException.class, () -> RetryBudget.tokens(1 << 18, 1));
        assertThrows(IllegalArgumentException.class, () -> RetryBudget.tokens(1, -1));
        assertEquals(0.29, ratioOf(0.29));
    }

    private double ratioOf(double ratio) {
        RetryBudget budget = RetryBudget.ratio(ratio, 0, 1, time);
        budget.take(null);
        budget.requested();
        return budget.available();
    }

    @Test
    void a_cost_that_can_never_be_paid_is_refused_when_the_budget_is_built() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> RetryBudget.tokens(3, 1, failure -> 5));
        assertTrue(refused.getMessage().startsWith("cost must be at most the capacity of 3"), refused.getMessage());
        RetryBudget.tokens(5, 1, failure -> 5);
        RetryBudget.tokens(3, 1, failure -> failure.getMessage().length()); // has no answer for a hedge
    }

    @Test
    void a_cost_above_the_capacity_is_logged_once() throws Exception {
        RetryBudget budget = RetryBudget.tokens(3, 1, failure -> failure == null ? 1 : 5);
        List<String> lines = CapturedLog.during(RetryBudget.class, () -> {
            assertEquals(-1, budget.take(new IOException()));
            assertEquals(-1, budget.take(new IOException()));
        });
        assertEquals(1, lines.size(), lines.toString());
        assertEquals(3, budget.available());
    }
}
