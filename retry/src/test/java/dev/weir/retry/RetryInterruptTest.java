package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetryInterruptTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();
    private final AtomicInteger calls = new AtomicInteger();

    @AfterEach
    void no_interrupt_leaks() {
        assertFalse(Thread.interrupted(), "interrupt status left");
    }

    private Retry retry(RetryPolicyBuilder policy) {
        return Retry.builder(policy.build()).timeSource(time).build();
    }

    private static RetryPolicyBuilder attempts(int attempts) {
        return RetryPolicy.builder().maxAttempts(attempts).backoff(Backoff.fixed(SECOND));
    }

    private String failing(Throwable failure) throws Throwable {
        calls.incrementAndGet();
        throw failure;
    }

    /** Others retry it and lose the status (Spring 7, Resilience4j). */
    @Test
    void an_interrupted_exception_is_not_retried_and_keeps_the_failure_before() {
        IOException before = new IOException();
        InterruptedException interrupt = assertThrows(
                InterruptedException.class,
                () -> retry(attempts(9)).call(() -> {
                    if (calls.incrementAndGet() == 1) {
                        throw before;
                    }
                    throw new InterruptedException();
                }));
        assertEquals(2, calls.get());
        assertSame(before, interrupt.getSuppressed()[0]);
    }

    /** Others lose it (Failsafe). */
    @Test
    void an_interrupt_during_backoff_keeps_the_original_failure() throws Exception {
        ManualTimeSource still = new ManualTimeSource();
        IOException failure = new IOException();
        for (Thread.Builder kind : List.of(Thread.ofVirtual(), Thread.ofPlatform())) {
            FutureTask<InterruptedException> run = new FutureTask<>(() -> assertThrows(
                    InterruptedException.class,
                    () -> Retry.builder(attempts(9).build())
                            .timeSource(still)
                            .build()
                            .call(() -> failing(failure))));
            Thread thread = kind.start(run);
            still.awaitWaiters(1);
            thread.interrupt();
            assertSame(failure, run.get(10, TimeUnit.SECONDS).getSuppressed()[0]);
        }
        assertEquals(2, calls.get());
        assertEquals(0, still.waiters());
    }

    /** It did in Failsafe (#257, #260). */
    @Test
    void a_timeouts_interrupt_does_not_reach_the_callers_next_blocking_call() throws Exception {
        long seed = System.nanoTime();
        System.out.println("timeout seed " + seed);
        Random random = new Random(seed);
        Retry retry = Retry.of(attempts(2)
                .backoff(Backoff.none())
                .attemptTimeout(Duration.ofNanos(200_000))
                .build());
        for (int i = 0; i < 1_000; i++) {
            long took = random.nextLong(400_000);
            retry.attempt(() -> {
                Thread.sleep(Duration.ofNanos(took));
                return "";
            });
            assertFalse(Thread.currentThread().isInterrupted(), "at " + i);
        }
        Thread.sleep(1);
    }

    /** What wraps an interrupt has used it up: another attempt would go on in a thread that was asked to end. */
    @Test
    void an_interrupt_that_the_task_has_wrapped_is_not_retried() {
        RuntimeException wrapped = new RuntimeException(new IOException(new InterruptedException()));
        assertSame(
                wrapped,
                assertThrows(
                        RuntimeException.class,
                        () -> retry(attempts(3).retryOn(RuntimeException.class)).call(() -> failing(wrapped))));
        assertEquals(1, calls.get());
    }

    @Test
    void an_interrupt_of_the_caller_in_an_attempt_with_a_limit_is_the_callers() throws Exception {
        for (boolean late : new boolean[] {false, true}) {
            CountDownLatch running = new CountDownLatch(1);
            Retry limited = Retry.of(attempts(3)
                    .attemptTimeout(late ? Duration.ofMillis(1) : Duration.ofHours(1))
                    .build());
            Call<String> call = Call.onPlatformThread(() -> limited.call(() -> {
                calls.incrementAndGet();
                boolean interrupted = false;
                // a late one ignores the interrupt of its limit
                while (running.getCount() > 0 || (!interrupted && !late)) {
                    interrupted |= Thread.interrupted();
                    Thread.onSpinWait();
                }
                throw new IOException();
            }));
            Call.until(() -> calls.get() > 0);
            if (late) {
                Thread.sleep(20); // the limit's interrupt most often comes before the caller's; either order is right
            }
            call.interrupt();
            running.countDown();
            call.assertThrew(InterruptedException.class);
            assertEquals(1, calls.getAndSet(0));
        }
    }
}
