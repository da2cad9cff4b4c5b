package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetryTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();
    private final AtomicInteger calls = new AtomicInteger();

    @AfterEach
    void no_interrupt_leaks() {
        assertFalse(Thread.interrupted(), "interrupt status left");
    }

    private RetryPolicyBuilder everySecond(int attempts) {
        return RetryPolicy.builder().maxAttempts(attempts).backoff(Backoff.fixed(SECOND));
    }

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.build()).timeSource(time).build();
    }

    private String failing(Throwable failure) throws Throwable {
        calls.incrementAndGet();
        throw failure;
    }

    @Test
    void an_hour_of_backoff_takes_no_real_time() throws Exception {
        long best = Long.MAX_VALUE;
        // The first ones warm up; and more of them, if the machine is busy, until one was left alone.
        for (int round = 0; round < 200 || (best >= 100_000_000 && round < 10_000); round++) {
            ManualTimeSource clock = ManualTimeSource.autoAdvancing();
            // Ten seconds at most, doubling from 100 ms: an hour and a bit.
            Retry retry = Retry.builder(RetryPolicy.builder()
                            .maxAttempts(370)
                            .backoff(Backoff.exponential(Duration.ofMillis(100), 2)
                                    .withCap(Duration.ofSeconds(10)))
                            .build())
                    .timeSource(clock)
                    .build();
            calls.set(0);
            long start = System.nanoTime();
            String result = retry.call(() -> {
                if (calls.incrementAndGet() < 370) {
                    throw new IOException("not yet");
                }
                return "done";
            });
            best = Math.min(best, System.nanoTime() - start);
            assertEquals("done", result);
            assertEquals(3632_700_000_000L, clock.nanoTime());
        }
        System.out.println("an hour of backoff took " + best / 1000 + " us");
        assertTrue(best < 100_000_000, best + " ns");
    }

    @Test
    void the_last_failure_itself_is_thrown_with_one_stackless_trace() {
        List<IOException> thrown = new ArrayList<>();
        IOException last = assertThrows(
                IOException.class,
                () -> retry(everySecond(3)).run(() -> {
                    IOException failure = new IOException("number " + thrown.size());
                    thrown.add(failure);
                    throw failure;
                }));
        assertSame(thrown.get(2), last);
        assertEquals(1, last.getSuppressed().length);
        Throwable trace = last.getSuppressed()[0];
        assertEquals(0, trace.getStackTrace().length);
        assertTrue(trace.getMessage().contains("EXHAUSTED"), trace.getMessage());
        assertTrue(trace.getMessage().contains("number 1, waited PT1S"), trace.getMessage());
    }

    @Test
    void a_long_history_is_bounded() {
        IOException last = assertThrows(
                IOException.class,
                () -> retry(everySecond(10_000)).run(() -> {
                    throw new IOException("x".repeat(10_000));
                }));
        String trace = last.getSuppressed()[0].getMessage();
        assertTrue(trace.length() < 2_000, trace);
        assertTrue(trace.contains("#9999 ") && trace.contains("#9992 ") && !trace.contains("#9991 "), trace);
        assertTrue(trace.contains("first: #1 "), trace); // which often is the cause of the others
    }

    @Test
    void a_shared_exception_does_not_grow() {
        IOException shared = new IOException("shared");
        for (int i = 0; i < 5; i++) {
            assertSame(
                    shared,
                    assertThrows(
                            IOException.class,
                            () -> retry(everySecond(2)).run(() -> {
                                throw shared;
                            })));
        }
        assertEquals(1, shared.getSuppressed().length);
    }

    @Test
    void an_exception_without_suppression_is_thrown_all_the_same() {
        class Bare extends RuntimeException {
            private static final long serialVersionUID = 1;

            Bare() {
                super("bare", null, false, false);
            }
        }
        Bare bare = new Bare();
        assertSame(bare, assertThrows(Bare.class, () -> retry(everySecond(2)).call(() -> failing(bare))));
        assertEquals(2, calls.get());
    }

    @Test
    void errors_interrupts_and_cancellations_are_never_retried() {
        RetryPolicyBuilder all = everySecond(5).retryOn(Throwable.class).retryIf(failure -> true);
        for (Throwable never : List.of(
                new OutOfMemoryError("test"),
                new AssertionError(),
                new InterruptedException(),
                new CancellationException())) {
            calls.set(0);
            assertSame(never, assertThrows(Throwable.class, () -> retry(all).call(() -> failing(never))));
            assertEquals(1, calls.get(), never.toString());
        }
        assertEquals(0, time.nanoTime());
    }

    @Test
    void an_interrupt_on_entry_makes_no_attempt() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> retry(everySecond(5)).run(calls::incrementAndGet));
        assertEquals(0, calls.get());
    }

    @Test
    void an_interrupt_during_an_attempt_that_fails_ends_the_run_and_keeps_the_failure() {
        for (Backoff backoff : List.of(Backoff.none(), Backoff.fixed(SECOND))) {
            IOException failure = new IOException();
            InterruptedException thrown = assertThrows(
                    InterruptedException.class,
                    () -> retry(everySecond(5).backoff(backoff)).run(() -> {
                        calls.incrementAndGet();
                        Thread.currentThread().interrupt();
                        throw failure;
                    }));
            assertSame(failure, thrown.getSuppressed()[0]);
        }
        assertEquals(2, calls.get());
    }

    @Test
    void an_interrupt_during_backoff_ends_the_run_and_keeps_the_failure() throws Exception {
        ManualTimeSource still = new ManualTimeSource();
        IOException failure = new IOException();
        List<Throwable> thrown = new ArrayList<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                Retry.builder(everySecond(5).build()).timeSource(still).build().run(() -> {
                    calls.incrementAndGet();
                    throw failure;
                });
            } catch (Throwable end) {
                thrown.add(end);
            }
        });
        still.awaitWaiters(1);
        thread.interrupt();
        thread.join();
        assertInstanceOf(InterruptedException.class, thrown.get(0));
        assertSame(failure, thrown.get(0).getSuppressed()[0]);
        assertEquals(1, calls.get());
        assertEquals(0, still.waiters());
    }

    @Test
    void a_retry_that_would_start_at_the_deadline_is_not_waited_for() {
        assertThrows(
                IOException.class,
                () -> retry(everySecond(99).maxDuration(Duration.ofSeconds(3))).run(() -> {
                    calls.incrementAndGet();
                    throw new IOException();
                }));
        assertEquals(3, calls.get());
        assertEquals(Duration.ofSeconds(2).toNanos(), time.nanoTime());
    }

    @Test
    void delay_from_a_failure_is_at_least_the_backoff_and_beyond_its_limit_ends_the_run() throws Exception {
        long[][] askedAndWaited = {{-5, 1}, {0, 1}, {1, 1}, {7, 7}, {11, 11}, {12, 0}, {Long.MAX_VALUE / 4, 0}};
        for (long[] pair : askedAndWaited) {
            Retry retry =
                    retry(everySecond(2).delayFrom(failure -> Duration.ofSeconds(pair[0]), Duration.ofSeconds(10)));
            long before = time.nanoTime();
            RetryResult<String> result = retry.attempt(() -> failing(new IOException()));
            assertInstanceOf(RetryResult.Failed.class, result);
            assertEquals(Duration.ofSeconds(pair[1]).toNanos(), time.nanoTime() - before, "asked " + pair[0]);
            // Never sooner than asked: a run whose delay would be too long ends at once.
            assertEquals(pair[1] == 0 ? StopReason.DELAY_TOO_LONG : StopReason.EXHAUSTED, result.reason());
        }
    }

    @Test
    void delay_from_a_failure_past_the_deadline_gives_up_at_once() throws Exception {
        Retry retry =
                retry(everySecond(5).maxDuration(Duration.ofSeconds(5)).delayFrom(failure -> Duration.ofSeconds(5)));
        RetryResult<String> result = retry.attempt(() -> failing(new IOException()));
        assertEquals(StopReason.DEADLINE, result.reason());
        assertEquals(1, result.attempts());
        assertEquals(Duration.ZERO, result.elapsed());
    }

    @Test
    void a_throwing_predicate_backoff_or_delay_from_is_thrown_with_the_failure_suppressed() {
        IllegalStateException broken = new IllegalStateException();
        List<RetryPolicyBuilder> policies = List.of(
                everySecond(3).retryIf(failure -> {
                    throw broken;
                }),
                everySecond(3).backoff((retry, previous, random) -> {
                    throw broken;
                }),
                everySecond(3).delayFrom(failure -> {
                    throw broken;
                }));
        for (int i = 0; i < policies.size(); i++) {
            IOException failure = new IOException();
            Retry retry = retry(policies.get(i));
            assertSame(broken, assertThrows(IllegalStateException.class, () -> retry.call(() -> failing(failure))));
            assertSame(failure, broken.getSuppressed()[i]);
        }
        assertEquals(3, calls.get());
        Retry negative = retry(everySecond(3).backoff((retry, previous, random) -> -1));
        assertThrows(IllegalStateException.class, () -> negative.call(() -> failing(new IOException())));
    }

    @Test
    void a_throwing_listener_harms_nobody_and_hears_every_event() throws Exception {
        List<String> events = new ArrayList<>();
        RetryListener listener = new RetryListener() {
            @Override
            public void onRetry(int attempt, Throwable failure, Duration delay) {
                events.add("retry " + attempt + " " + delay);
                throw new IllegalStateException("a listener's own failure, logged by intent");
            }

            @Override
            public void onSuccess(int attempts) {
                events.add("success " + attempts);
            }

            @Override
            public void onGiveUp(int attempts, Throwable failure, StopReason reason) {
                events.add("gave up " + attempts + " " + reason);
            }
        };
        Retry retry = retry(everySecond(2).listener(listener));
        retry.run(() -> {
            if (calls.incrementAndGet() == 1) {
                throw new IOException();
            }
        });
        assertThrows(IOException.class, () -> retry.call(() -> failing(new IOException())));
        retry.run(() -> {});
        assertEquals(List.of("retry 1 PT1S", "success 2", "retry 1 PT1S", "gave up 2 EXHAUSTED", "success 1"), events);
    }

    @Test
    void a_rejected_result_is_retried_and_returned_at_the_end() throws Exception {
        Retry retry = retry(everySecond(3).retryOnResult(result -> result == null));
        assertNull(retry.call(() -> {
            calls.incrementAndGet();
            return null;
        }));
        assertEquals(3, calls.get());
        RetryResult<String> result = retry.attempt(() -> null);
        assertEquals(new RetryResult.Rejected<String>(null, StopReason.EXHAUSTED, 3, Duration.ofSeconds(2)), result);
        assertEquals("a", retry.call(() -> "a"));
    }

    @Test
    void an_attempt_knows_its_number_time_and_predecessor() throws Exception {
        IOException failure = new IOException();
        Retry retry = retry(everySecond(2).maxDuration(Duration.ofSeconds(9)));
        String seen = retry.callWithAttempt(attempt -> {
            if (attempt.number() == 1) {
                assertFalse(attempt.isLast());
                assertNull(attempt.previousFailure());
                assertEquals(Duration.ofSeconds(9), attempt.remaining());
                throw failure;
            }
            assertTrue(attempt.isLast());
            assertSame(failure, attempt.previousFailure());
            assertEquals(Duration.ofSeconds(8), attempt.remaining());
            return attempt.toString();
        });
        assertEquals("Attempt[2 of 2]", seen);
    }

    @Test
    void only_what_the_rules_name_is_retried() throws Exception {
        Retry retry = retry(everySecond(2)
                .retryOn(IOException.class)
                .retryIf(IllegalStateException.class::isInstance)
                .abortOn(java.io.FileNotFoundException.class));
        assertEquals(2, retry.attempt(() -> failing(new IOException())).attempts());
        assertEquals(
                2, retry.attempt(() -> failing(new IllegalStateException())).attempts());
        assertEquals(
                1,
                retry.attempt(() -> failing(new java.io.FileNotFoundException()))
                        .attempts());
        assertEquals(
                StopReason.ABORTED,
                retry.attempt(() -> failing(new IllegalArgumentException())).reason());
    }

    @Test
    void decorated_functions_nest_and_keep_the_checked_type() throws Exception {
        Retry retry = retry(everySecond(2));
        ThrowingFunction<String, Integer, IOException> nested = retry.decorate(retry.decorate(this::lookup));
        assertEquals(3, nested.apply("abc"));
        assertEquals(2, calls.get());
        assertEquals("x", retry.decorateSupplier(() -> "x").get());
    }

    private int lookup(String key) throws IOException {
        if (calls.incrementAndGet() == 1) {
            throw new IOException();
        }
        return key.length();
    }

    @Test
    void a_lambda_that_throws_nothing_checked_needs_no_catch() throws InterruptedException {
        String plain = retry(everySecond(2)).call(() -> "plain"); // compiles with InterruptedException alone
        assertEquals("plain", plain);
    }

    @Test
    void bad_input_is_refused_by_name() {
        RetryPolicyBuilder builder = RetryPolicy.builder();
        assertTrue(assertThrows(IllegalArgumentException.class, () -> builder.maxAttempts(0))
                .getMessage()
                .contains("maxAttempts must be at least 1, but is 0"));
        assertThrows(IllegalArgumentException.class, () -> builder.maxDuration(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> builder.retryOn(OutOfMemoryError.class));
        assertThrows(IllegalArgumentException.class, () -> builder.delayFrom(x -> null, Duration.ofNanos(-1)));
        assertThrows(IllegalArgumentException.class, () -> Backoff.exponential(SECOND, Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Backoff.exponential(SECOND, 0.9));
        assertThrows(IllegalArgumentException.class, () -> Backoff.none().withCap(Duration.ofNanos(-1)));
        assertThrows(NullPointerException.class, () -> Retry.of(null));
    }

    @Test
    void a_first_attempt_that_succeeds_allocates_nothing() throws Exception {
        // By reflection, since the module does not read java.management, which only this test would need.
        Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        Method allocated = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
        ThrowingSupplier<String, RuntimeException> task = () -> "same";
        for (Retry retry : List.of(
                Retry.of(RetryPolicy.defaults()),
                Retry.of(everySecond(3).maxDuration(SECOND).build()),
                Retry.of(everySecond(3).budget(RetryBudget.ratio(0.1, 2)).build()),
                Retry.of(everySecond(3).budget(RetryBudget.tokens(10, 1)).build()))) {
            for (int i = 0; i < 1_000; i++) {
                retry.call(task);
            }
            allocated.invoke(threads);
            long before = (long) allocated.invoke(threads);
            for (int i = 0; i < 100_000; i++) {
                retry.call(task);
            }
            long bytes = (long) allocated.invoke(threads) - before;
            assertTrue(bytes < 10_000, bytes + " bytes"); // of the measurement, and less than one each
        }
    }

    /** It is in others (Spring 7, Failsafe). */
    @Test
    void an_out_of_memory_error_is_not_retried_whatever_the_policy_says() {
        RetryPolicyBuilder all = everySecond(9).retryOn(Throwable.class).retryIf(f -> true);
        assertThrows(OutOfMemoryError.class, () -> retry(all).call(() -> failing(new OutOfMemoryError("test"))));
        assertEquals(1, calls.get());
    }

    /** Others wrap it (Failsafe, Spring). */
    @Test
    void a_checked_exception_is_not_wrapped() {
        IOException failure = new IOException();
        assertSame(
                failure,
                assertThrows(IOException.class, () -> retry(everySecond(2)).call(() -> failing(failure))));
        Retry timed =
                Retry.of(everySecond(1).attemptTimeout(Duration.ofMinutes(1)).build());
        assertSame(failure, assertThrows(IOException.class, () -> timed.call(() -> failing(failure))));
    }

    /** Short sleeps became zero (Failsafe), and retries came before Retry-After was over (.NET). */
    @Test
    void delays_of_nanoseconds_are_waited_for_and_none_is_cut_short() throws Exception {
        Retry virtual = retry(everySecond(1001).backoff(Backoff.fixed(Duration.ofNanos(1))));
        assertThrows(IOException.class, () -> virtual.call(() -> failing(new IOException())));
        assertEquals(1000, time.nanoTime());
        List<Long> starts = new ArrayList<>();
        Retry real = Retry.of(everySecond(50)
                .backoff(Backoff.fixed(Duration.ofNanos(700_001)))
                .delayFrom(f -> Duration.ofNanos(1_300_007))
                .build());
        assertThrows(
                IOException.class,
                () -> real.run(() -> {
                    starts.add(System.nanoTime());
                    throw new IOException();
                }));
        for (int i = 1; i < starts.size(); i++) {
            assertTrue(starts.get(i) - starts.get(i - 1) >= 1_300_007);
        }
    }

    @Test
    void the_deadline_of_a_caller_ends_a_run_as_a_maximum_duration_does() throws Exception {
        Retry retry = retry(everySecond(99).attemptTimeoutBy(number -> null));
        RetryResult<String> result = retry.withDeadline(Deadline.after(Duration.ofSeconds(3), time))
                .attempt(() -> failing(new IOException()));
        assertEquals(StopReason.DEADLINE, result.reason());
        assertEquals(3, result.attempts());
        Retry both = retry(everySecond(99).maxDuration(Duration.ofSeconds(2)))
                .withDeadline(Deadline.after(Duration.ofHours(1), time));
        assertEquals(2, both.attempt(() -> failing(new IOException())).attempts());
        Duration left = both.withDeadline(Deadline.after(SECOND, time)).callWithAttempt(Attempt::remaining);
        assertEquals(SECOND, left);
    }

    @Test
    void a_deadline_that_has_passed_allows_the_first_attempt_only() throws Exception {
        Deadline passed = Deadline.after(Duration.ZERO, time);
        Retry retry = retry(everySecond(3)).withDeadline(passed);
        assertEquals("x", retry.call(() -> "x"));
        assertEquals(1, retry.attempt(() -> failing(new IOException())).attempts());
    }

    @Test
    void descriptions_say_what_is_configured() {
        assertEquals(
                "Retry[lookup, RetryPolicy[3 attempts]]",
                Retry.builder(RetryPolicy.defaults()).name("lookup").build().toString());
        assertEquals(
                "Retry.Builder[RetryPolicy[3 attempts]]",
                Retry.builder(RetryPolicy.defaults()).toString());
        assertEquals(
                "RetryPolicyBuilder[2 attempts, within PT9S]",
                RetryPolicy.builder()
                        .maxAttempts(2)
                        .maxDuration(Duration.ofSeconds(9))
                        .toString());
        assertEquals(
                "Hedge[lookup, after PT1S, 2 attempts]",
                Hedge.after(SECOND).name("lookup").build().toString());
        assertEquals(
                "Hedge.Builder[at percentile 95.0, now after PT1S, 2 attempts]",
                Hedge.atPercentile(95, SECOND).toString());
    }
}
