package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.internal.Suppressed;
import dev.weir.core.time.ManualTimeSource;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();
    private final AtomicInteger calls = new AtomicInteger();

    @AfterEach
    void no_interrupt_leaks() {
        assertFalse(Thread.interrupted(), "interrupt status left");
    }

    private static RetryPolicyBuilder attempts(int attempts) {
        return RetryPolicy.builder().maxAttempts(attempts).backoff(Backoff.fixed(SECOND));
    }

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.build()).timeSource(time).build();
    }

    private String failing(Throwable failure) throws Throwable {
        calls.incrementAndGet();
        throw failure;
    }

    private int attemptsOf(Retry retry, Throwable failure) throws InterruptedException {
        return retry.attempt(() -> failing(failure)).attempts();
    }

    /** A failure whose causes go round: itself, and then a circle that it is not part of. */
    private static Throwable circle(int length) {
        Exception first = new Exception("0");
        Exception last = first;
        for (int i = 1; i < length; i++) {
            last = new Exception(String.valueOf(i), last);
        }
        first.initCause(last);
        return new RuntimeException(new RuntimeException(new RuntimeException(first)));
    }

    @Test
    void causes_are_looked_through() throws Exception {
        Retry on = retry(attempts(2).retryOnCause(IOException.class));
        assertEquals(2, attemptsOf(on, new IOException()));
        assertEquals(2, attemptsOf(on, new UncheckedIOException(new FileNotFoundException())));
        assertEquals(2, attemptsOf(on, new RuntimeException(new RuntimeException(new IOException()))));
        assertEquals(1, attemptsOf(on, new RuntimeException(new RuntimeException())));
        Retry not = retry(attempts(2).abortOnCause(FileNotFoundException.class));
        assertEquals(1, attemptsOf(not, new UncheckedIOException(new FileNotFoundException())));
        assertEquals(2, attemptsOf(not, new UncheckedIOException(new IOException())));
    }

    @Test
    void causes_in_a_circle_end() {
        Retry on = retry(attempts(2).retryOnCause(IOException.class));
        for (int length = 2; length < 40; length++) {
            Throwable circle = circle(length);
            assertEquals(1, assertTimeoutPreemptively(Duration.ofMinutes(1), () -> attemptsOf(on, circle)));
        }
        class Own extends RuntimeException {
            private static final long serialVersionUID = 1;

            @Override
            public synchronized Throwable getCause() {
                return this;
            }
        }
        assertEquals(1, assertTimeoutPreemptively(Duration.ofMinutes(1), () -> attemptsOf(on, new Own())));
    }

    @Test
    void every_cause_of_a_circle_is_looked_at() {
        for (int length = 2; length < 40; length++) {
            Throwable circle = circle(length);
            for (int i = 0; i < length; i++) {
                String wanted = String.valueOf(i);
                assertTrue(Causes.anyMatch(circle, cause -> wanted.equals(cause.getMessage())), length + " " + i);
            }
        }
    }

    @Test
    void what_abort_if_names_is_not_retried() throws Exception {
        Retry retry = retry(attempts(2).retryOn(IOException.class).abortIf(f -> "no".equals(f.getMessage())));
        assertEquals(2, attemptsOf(retry, new IOException("yes")));
        assertEquals(1, attemptsOf(retry, new IOException("no")));
    }

    @Test
    void what_does_not_count_is_retried_until_the_deadline() throws Exception {
        Retry retry = retry(attempts(2)
                .maxDuration(Duration.ofSeconds(10))
                .doNotCountIf(f -> "429".equals(f.getMessage()))
                .doNotCountIf(f -> "503".equals(f.getMessage())));
        RetryResult<String> result = retry.attempt(() -> failing(new IOException("429")));
        assertEquals(StopReason.DEADLINE, result.reason());
        assertEquals(10, result.attempts());
        calls.set(0);
        List<Boolean> last = new ArrayList<>();
        assertThrows(
                IOException.class,
                () -> retry.callWithAttempt(attempt -> {
                    last.add(attempt.isLast());
                    return failing(
                            new IOException(List.of("503", "a", "429", "b", "c").get(calls.get())));
                }));
        assertEquals(4, calls.get()); // two that count, a and b
        assertEquals(List.of(false, false, true, true), last);
        RetryPolicyBuilder endless = attempts(2).doNotCountIf(f -> true);
        assertTrue(assertThrows(IllegalArgumentException.class, endless::build)
                .getMessage()
                .contains("maxDuration"));
    }

    @Test
    void an_attempt_that_takes_too_long_is_interrupted_and_retried() throws Exception {
        List<InterruptedException> interrupts = new ArrayList<>();
        Retry retry = retry(attempts(3)
                .attemptTimeoutBy(number -> number < 3 ? SECOND : null) // this clock is faster than the third
                .retryOn(IOException.class));
        String result = retry.call(() -> {
            if (calls.incrementAndGet() < 3) {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException interrupt) {
                    interrupts.add(interrupt);
                    throw interrupt;
                }
            }
            return "third";
        });
        assertEquals("third", result);
        assertEquals(2, interrupts.size());
        assertEquals(Duration.ofSeconds(4).toNanos(), time.nanoTime()); // two timeouts and two delays
    }

    @Test
    void the_last_attempts_timeout_is_unchecked_with_its_cause_and_what_the_attempt_threw() throws Exception {
        Retry retry = retry(attempts(1).attemptTimeout(SECOND));
        AttemptTimeoutException late =
                assertThrows(AttemptTimeoutException.class, () -> retry.run(() -> new CountDownLatch(1).await()));
        assertInstanceOf(TimeoutException.class, late.getCause());
        assertInstanceOf(InterruptedException.class, late.getSuppressed()[0]);
        // A timeout that the task throws is the task's, as it is.
        TimeoutException own = new TimeoutException();
        Retry quick = Retry.of(attempts(1).attemptTimeout(Duration.ofHours(1)).build());
        assertSame(
                own,
                assertThrows(
                        TimeoutException.class,
                        () -> quick.run(() -> {
                            throw own;
                        })));
        assertEquals("quick", quick.decorateSupplier(() -> "quick").get());
        Retry not = retry(attempts(3).attemptTimeout(SECOND).abortOn(AttemptTimeoutException.class));
        assertEquals(
                1,
                not.attempt(() -> {
                            new CountDownLatch(1).await();
                            return "";
                        })
                        .attempts());
    }

    @Test
    void an_attempts_timeout_goes_by_its_number_and_is_never_longer_than_what_is_left() throws Exception {
        List<Integer> asked = new ArrayList<>();
        Retry retry = retry(attempts(9)
                .backoff(Backoff.none())
                .maxDuration(Duration.ofSeconds(10))
                .attemptTimeoutBy(number -> {
                    asked.add(number);
                    return Duration.ofSeconds(4L * number - 3); // 1, 5, 9: of which 4 are left
                }));
        RetryResult<String> result = retry.attempt(() -> {
            new CountDownLatch(1).await();
            return "";
        });
        assertEquals(List.of(1, 2, 3), asked);
        assertEquals(StopReason.DEADLINE, result.reason());
        assertEquals(Duration.ofSeconds(10), result.elapsed());
        Retry none = retry(attempts(2).attemptTimeoutBy(number -> null));
        Thread caller = Thread.currentThread();
        assertSame(caller, none.call(Thread::currentThread));
    }

    @Test
    void a_throwing_or_zero_attempt_timeout_ends_the_run() {
        IllegalStateException broken = new IllegalStateException();
        Retry retry = retry(attempts(3).attemptTimeoutBy(number -> {
            if (number == 2) {
                throw broken;
            }
            return null;
        }));
        IOException failure = new IOException();
        assertSame(broken, assertThrows(IllegalStateException.class, () -> retry.call(() -> failing(failure))));
        assertSame(failure, broken.getSuppressed()[0]);
        assertEquals(1, calls.get());
        Retry zero = retry(attempts(3).attemptTimeoutBy(number -> Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> zero.run(calls::incrementAndGet));
        assertEquals(1, calls.get());
        assertThrows(IllegalArgumentException.class, () -> attempts(1).attemptTimeout(Duration.ZERO));
    }

    @Test
    void an_attempt_knows_the_result_before() throws Exception {
        Retry retry = retry(attempts(4).retryOnResult(result -> result instanceof Integer n && n < 3));
        List<Object> before = new ArrayList<>();
        assertEquals(3, retry.<Integer, IOException>callWithAttempt(attempt -> {
            before.add(attempt.previousResult());
            before.add(attempt.previousFailure());
            if (attempt.number() == 2) {
                throw new IOException("2");
            }
            return attempt.number();
        }));
        assertEquals(1, before.get(2));
        assertNull(before.get(3));
        assertNull(before.get(4));
        assertEquals("2", ((IOException) before.get(5)).getMessage());
    }

    @Test
    void a_nested_retry_is_not_multiplied_unless_the_policy_says_so() {
        Retry inner = retry(attempts(3));
        Retry outer = retry(attempts(3));
        IOException last = assertThrows(
                IOException.class, () -> outer.call(() -> inner.call(() -> failing(new IOException("x")))));
        assertEquals(3, calls.get());
        assertEquals(1, last.getSuppressed().length);
        calls.set(0);
        assertThrows(
                IllegalStateException.class,
                () -> outer.call(() -> {
                    try {
                        return inner.call(() -> failing(new IOException("x")));
                    } catch (Throwable failure) {
                        throw new IllegalStateException(failure);
                    }
                }));
        assertEquals(3, calls.get());
        calls.set(0);
        Retry told = retry(attempts(3).retryNested());
        assertThrows(IOException.class, () -> told.call(() -> inner.call(() -> failing(new IOException("x")))));
        assertEquals(9, calls.get());
    }

    @Test
    void three_levels_of_retry_are_not_multiplied_nor_on_second_attempts() {
        Retry inner = retry(attempts(2));
        Retry middle = retry(attempts(2));
        Retry outer = retry(attempts(5));
        AtomicInteger outerCalls = new AtomicInteger();
        assertThrows(
                IOException.class,
                () -> outer.call(() -> outerCalls.incrementAndGet() < 3
                        ? failing(new IOException("own")) // which the outer one retries
                        : middle.call(() -> inner.call(() -> failing(new IOException("inner"))))));
        assertEquals(3, outerCalls.get());
        assertEquals(4, calls.get());
    }

    @Test
    void what_an_inner_retry_does_not_retry_the_outer_one_may() {
        Retry inner = retry(attempts(3).retryOn(IOException.class));
        assertThrows(
                IllegalStateException.class,
                () -> retry(attempts(3)).call(() -> inner.call(() -> failing(new IllegalStateException()))));
        assertEquals(3, calls.get());
    }

    @Test
    void an_inner_retry_without_budget_is_not_paid_by_the_outer_one() {
        RetryBudget budget = RetryBudget.tokens(1, 0);
        budget.take(null);
        Retry inner = retry(attempts(3).budget(budget));
        assertThrows(
                IOException.class, () -> retry(attempts(3)).call(() -> inner.call(() -> failing(new IOException()))));
        assertEquals(1, calls.get());
    }

    @Test
    void a_shared_exception_with_the_trace_of_an_earlier_run_is_retried_all_the_same() {
        IOException shared = new IOException("shared");
        for (int i = 0; i < 3; i++) {
            calls.set(0);
            assertThrows(IOException.class, () -> retry(attempts(3)).call(() -> failing(shared)));
            assertEquals(3, calls.get());
        }
        assertEquals(1, shared.getSuppressed().length);
    }

    @Test
    void a_shared_exception_of_a_policys_function_does_not_grow_without_bound() {
        IllegalStateException shared = new IllegalStateException();
        Retry retry = retry(attempts(3).retryIf(failure -> {
            throw shared;
        }));
        for (int i = 0; i < 100; i++) {
            assertThrows(IllegalStateException.class, () -> retry.call(() -> failing(new IOException())));
        }
        assertTrue(shared.getSuppressed().length <= Suppressed.MAX_SHOWN);
    }
}
