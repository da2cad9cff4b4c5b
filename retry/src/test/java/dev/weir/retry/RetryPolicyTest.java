package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    void noInterruptLeaks() {
        assertFalse(Thread.interrupted(), "interrupt status left");
    }

    private static RetryPolicy.Builder attempts(int attempts) {
        return RetryPolicy.builder().maxAttempts(attempts).backoff(Backoff.fixed(SECOND));
    }

    private Retry retry(RetryPolicy.Builder policy) {
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
    void causes_areLookedThrough() throws Exception {
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
    void causesInACircle_end() {
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
    void everyCauseOfACircle_isLookedAt() {
        for (int length = 2; length < 40; length++) {
            Throwable circle = circle(length);
            for (int i = 0; i < length; i++) {
                String wanted = String.valueOf(i);
                assertTrue(Causes.anyMatch(circle, cause -> wanted.equals(cause.getMessage())), length + " " + i);
            }
        }
    }

    @Test
    void whatAbortIfNames_isNotRetried() throws Exception {
        Retry retry = retry(attempts(2).retryOn(IOException.class).abortIf(f -> "no".equals(f.getMessage())));
        assertEquals(2, attemptsOf(retry, new IOException("yes")));
        assertEquals(1, attemptsOf(retry, new IOException("no")));
    }

    @Test
    void whatDoesNotCount_isRetriedUntilTheDeadline() throws Exception {
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
        RetryPolicy.Builder endless = attempts(2).doNotCountIf(f -> true);
        assertTrue(assertThrows(IllegalArgumentException.class, endless::build)
                .getMessage()
                .contains("maxDuration"));
    }

    @Test
    void anAttemptThatTakesTooLong_isInterruptedAndRetried() throws Exception {
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
    void theLastAttemptsTimeout_isUnchecked_withItsCauseAndWhatTheAttemptThrew() throws Exception {
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
    void anAttemptsTimeout_goesByItsNumber_andIsNeverLongerThanWhatIsLeft() throws Exception {
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
    void aThrowingOrZeroAttemptTimeout_endsTheRun() {
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
    void anAttempt_knowsTheResultBefore() throws Exception {
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
    void aNestedRetry_isNotMultiplied_unlessToldTo() {
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
    void threeLevelsOfRetry_areNotMultiplied_norOnSecondAttempts() {
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
    void whatAnInnerRetryDoesNotRetry_theOuterOneMay() {
        Retry inner = retry(attempts(3).retryOn(IOException.class));
        assertThrows(
                IllegalStateException.class,
                () -> retry(attempts(3)).call(() -> inner.call(() -> failing(new IllegalStateException()))));
        assertEquals(3, calls.get());
    }

    @Test
    void anInnerRetryWithoutBudget_isNotPaidByTheOuterOne() {
        RetryBudget budget = RetryBudget.tokens(1, 0);
        budget.take(null);
        Retry inner = retry(attempts(3).budget(budget));
        assertThrows(
                IOException.class, () -> retry(attempts(3)).call(() -> inner.call(() -> failing(new IOException()))));
        assertEquals(1, calls.get());
    }

    @Test
    void aSharedException_withTheTraceOfAnEarlierRun_isRetriedAllTheSame() {
        IOException shared = new IOException("shared");
        for (int i = 0; i < 3; i++) {
            calls.set(0);
            assertThrows(IOException.class, () -> retry(attempts(3)).call(() -> failing(shared)));
            assertEquals(3, calls.get());
        }
        assertEquals(1, shared.getSuppressed().length);
    }

    @Test
    void aSharedExceptionOfAPolicysFunction_doesNotGrowWithoutBound() {
        IllegalStateException shared = new IllegalStateException();
        Retry retry = retry(attempts(3).retryIf(failure -> {
            throw shared;
        }));
        for (int i = 0; i < 100; i++) {
            assertThrows(IllegalStateException.class, () -> retry.call(() -> failing(new IOException())));
        }
        assertTrue(shared.getSuppressed().length <= 8);
    }
}
