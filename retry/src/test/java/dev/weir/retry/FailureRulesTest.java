package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.scope.Timeouts;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What decides about a failure is what it says, not the wrapper that it comes in. */
@Timeout(60)
class FailureRulesTest {
    private static final Duration SOON = Duration.ofMillis(5);

    private static final List<Function<Throwable, Throwable>> WRAPPERS = List.of(
            ExecutionException::new,
            CompletionException::new,
            InvocationTargetException::new,
            UndeclaredThrowableException::new,
            failure -> new CompletionException(new ExecutionException(new CompletionException(failure))));

    private static RetryPolicyBuilder three() {
        return RetryPolicy.builder().maxAttempts(3).backoff(Backoff.none());
    }

    private static int attempts(RetryPolicyBuilder policy, ThrowingSupplier<String, ?> task) throws Exception {
        return Retry.of(policy.build()).attempt(task).attempts();
    }

    private static int attempts(RetryPolicyBuilder policy, Throwable failure) throws Exception {
        return attempts(policy, () -> {
            throw failure;
        });
    }

    private static int asyncAttempts(RetryPolicyBuilder policy, Throwable failure) {
        AtomicInteger attempts = new AtomicInteger();
        Retry.of(policy.build()).callAsync(() -> {
            attempts.incrementAndGet();
            return CompletableFuture.failedFuture(failure);
        });
        return attempts.get();
    }

    /** rhuffman/re-retrying #32, failsafe #171, smallrye-fault-tolerance #260. */
    @Test
    void the_rules_look_through_the_wrappers_of_the_jdk() throws Exception {
        for (Function<Throwable, Throwable> wrapper : WRAPPERS) {
            Throwable wrapped = wrapper.apply(new IOException());
            List<RetryPolicyBuilder> retrying = List.of(
                    three(),
                    three().retryOn(IOException.class),
                    three().retryIf(IOException.class::isInstance),
                    three().retryOn(wrapped.getClass()));
            for (RetryPolicyBuilder policy : retrying) {
                assertEquals(3, attempts(policy, wrapped), wrapped.toString());
            }
            assertEquals(3, asyncAttempts(three().retryOn(IOException.class), wrapped));
            List<RetryPolicyBuilder> aborting = List.of(
                    three().retryOn(IllegalStateException.class),
                    three().abortOn(IOException.class),
                    three().abortIf(IOException.class::isInstance));
            for (RetryPolicyBuilder policy : aborting) {
                assertEquals(1, attempts(policy, wrapped), wrapped.toString());
            }
        }
    }

    @Test
    void errors_and_cancellations_are_not_retried_because_something_has_wrapped_them() throws Exception {
        for (Function<Throwable, Throwable> wrapper : WRAPPERS) {
            for (Throwable never : List.of(new OutOfMemoryError("test"), new CancellationException())) {
                assertEquals(1, attempts(three().retryOn(Exception.class), wrapper.apply(never)), never.toString());
                assertEquals(1, asyncAttempts(three(), wrapper.apply(never)));
            }
        }
    }

    @Test
    void what_comes_out_of_a_blocking_call_is_what_the_task_threw() {
        CompletionException thrown = new CompletionException(new IOException());
        assertSame(
                thrown,
                assertThrows(
                        CompletionException.class,
                        () -> Retry.of(three().build()).call(() -> {
                            throw thrown;
                        })));
    }

    @Test
    void a_failure_whose_cause_throws_is_judged_by_itself() throws Exception {
        class Odd extends IOException {
            private static final long serialVersionUID = 1;

            @Override
            public synchronized Throwable getCause() {
                throw new IllegalStateException("no cause");
            }
        }
        Odd odd = new Odd();
        assertEquals(3, attempts(three().retryOnCause(IOException.class), odd));
        assertSame(
                odd,
                assertThrows(
                        Odd.class,
                        () -> Retry.of(three().build()).call(() -> {
                            throw odd;
                        })));
    }

    @Test
    void a_delay_and_a_cost_are_asked_of_what_is_wrapped() throws Exception {
        RetryBudget budget = RetryBudget.tokens(100, 0, failure -> failure instanceof IOException ? 7 : 1);
        Retry retry = Retry.of(three().maxAttempts(2)
                .budget(budget)
                .delayFrom(failure -> failure instanceof IOException ? Duration.ofHours(1) : null)
                .build());
        RetryResult<String> tooLong = retry.attempt(() -> {
            throw new ExecutionException(new IOException());
        });
        assertEquals(StopReason.DELAY_TOO_LONG, tooLong.reason());
        assertEquals(2, attempts(three().maxAttempts(2).budget(budget), new ExecutionException(new IOException())));
        assertEquals(93, budget.available());
    }

    private static String hang() throws InterruptedException {
        new CountDownLatch(1).await();
        return "never";
    }

    private static String scopeUntil(Deadline deadline) throws Exception {
        try (TaskScope<Exception> scope = TaskScope.builder().deadline(deadline).failFast()) {
            scope.fork(FailureRulesTest::hang);
            scope.join();
            return "never";
        }
    }

    @Test
    void time_limits_of_all_kinds_are_retried_alike_and_named_by_one_type() throws Exception {
        List<ThrowingSupplier<String, Exception>> limited = List.of(
                () -> Timeouts.call(SOON, FailureRulesTest::hang),
                () -> FanOut.over(List.of(1))
                        .timeoutEach(SOON)
                        .map(item -> hang())
                        .get(0),
                () -> FanOut.over(List.of(1))
                        .deadline(Deadline.after(SOON))
                        .map(item -> hang())
                        .get(0),
                () -> scopeUntil(Deadline.after(SOON)),
                () -> Retry.of(three().maxAttempts(1).attemptTimeout(SOON).build())
                        .call(FailureRulesTest::hang));
        for (ThrowingSupplier<String, Exception> limit : limited) {
            assertEquals(3, attempts(three(), limit));
            assertEquals(3, attempts(three().retryOn(TimeoutException.class), limit));
            assertEquals(1, attempts(three().abortOn(TimeoutException.class), limit));
        }
        assertEquals(3, attempts(three().attemptTimeout(SOON), FailureRulesTest::hang));
    }

    @Test
    void the_cancellation_of_a_user_is_no_time_limit() throws Exception {
        assertEquals(1, attempts(three(), new CancellationException()));
        CancellationException caused = new CancellationException();
        caused.initCause(new IOException());
        assertEquals(1, attempts(three(), caused));
        assertEquals(1, attempts(three(), () -> {
            try (TaskScope<Exception> scope = TaskScope.failFast()) {
                scope.fork(FailureRulesTest::hang);
                scope.cancel();
                scope.join();
                return "never";
            }
        }));
    }
}
