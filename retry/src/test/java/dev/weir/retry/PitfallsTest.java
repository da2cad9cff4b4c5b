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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Defects that retry libraries have had, one test each; most have closer tests elsewhere. */
class PitfallsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = ManualTimeSource.autoAdvancing();
    private final AtomicInteger calls = new AtomicInteger();

    @AfterEach
    void noInterruptLeaks() {
        assertFalse(Thread.interrupted(), "interrupt status left");
    }

    private Retry retry(RetryPolicy.Builder policy) {
        return Retry.builder(policy.build()).timeSource(time).build();
    }

    private static RetryPolicy.Builder attempts(int attempts) {
        return RetryPolicy.builder().maxAttempts(attempts).backoff(Backoff.fixed(SECOND));
    }

    private String failing(Throwable failure) throws Throwable {
        calls.incrementAndGet();
        throw failure;
    }

    @Test
    void cancelling_the_future_stops_the_retries_and_the_running_attempt() {
        CompletableFuture<String> running = new CompletableFuture<>();
        ManualTimeSource clock = new ManualTimeSource();
        CompletableFuture<String> result = Retry.builder(attempts(3).build())
                .timeSource(clock)
                .build()
                .callAsync(() -> {
                    calls.incrementAndGet();
                    return running;
                });
        result.cancel(true);
        assertTrue(running.isCancelled());
        clock.advance(Duration.ofHours(1));
        assertEquals(1, calls.get());
    }

    @Test
    void a_supplier_predicate_listener_or_backoff_that_throws_leaves_no_future_incomplete_and_is_not_ignored() {
        IllegalStateException broken = new IllegalStateException();
        CompletableFuture<String> bySupplier = retry(attempts(1)).callAsync(() -> {
            throw broken;
        });
        CompletableFuture<String> byPredicate = retry(attempts(3).retryIf(f -> {
                    throw broken;
                }))
                .callAsync(() -> CompletableFuture.failedFuture(new IOException()));
        CompletableFuture<String> byBackoff = retry(attempts(3).backoff((n, previous, random) -> {
                    throw broken;
                }))
                .callAsync(() -> CompletableFuture.failedFuture(new IOException()));
        for (CompletableFuture<String> result : List.of(bySupplier, byPredicate, byBackoff)) {
            assertTrue(result.isDone());
            assertSame(broken, result.exceptionNow());
        }
    }

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

    @Test
    void an_interrupt_during_backoff_keeps_the_original_failure() throws Exception {
        ManualTimeSource still = new ManualTimeSource();
        IOException failure = new IOException();
        for (Thread.Builder kind : List.of(Thread.ofVirtual(), Thread.ofPlatform())) {
            FutureTask<InterruptedException> run = new FutureTask<>(() -> assertThrows(
                    InterruptedException.class,
                    () -> Retry.builder(attempts(9).build()).timeSource(still).build().call(() -> failing(failure))));
            Thread thread = kind.start(run);
            still.awaitWaiters(1);
            thread.interrupt();
            assertSame(failure, run.get(10, TimeUnit.SECONDS).getSuppressed()[0]);
        }
        assertEquals(2, calls.get());
        assertEquals(0, still.waiters());
    }

    @Test
    void an_out_of_memory_error_is_not_retried_whatever_the_policy_says() {
        RetryPolicy.Builder all = attempts(9).retryOn(Throwable.class).retryIf(f -> true);
        assertThrows(OutOfMemoryError.class, () -> retry(all).call(() -> failing(new OutOfMemoryError("test"))));
        assertEquals(1, calls.get());
    }

    @Test
    void jitter_neither_exceeds_the_cap_nor_puts_every_client_on_it() {
        long seed = System.nanoTime();
        System.out.println("jitter seed " + seed);
        Random random = new Random(seed);
        Duration cap = Duration.ofMillis(10);
        Backoff grown = Backoff.exponential(SECOND, 2);
        for (Backoff backoff : List.of(
                grown.withProportionalJitter(0.5).withCap(cap),
                grown.withFullJitter().withCap(cap),
                grown.withEqualJitter().withCap(cap),
                grown.withDecorrelatedJitter().withCap(cap),
                Backoff.fixed(Duration.ofMillis(1)).withDecorrelatedJitter().withCap(cap))) {
            int onCap = 0;
            for (int i = 0; i < 10_000; i++) {
                long delay = backoff.delayNanos(100, cap.toNanos(), random);
                assertTrue(delay >= 0 && delay <= cap.toNanos());
                onCap += delay == cap.toNanos() ? 1 : 0;
            }
            // A first delay above the cap leaves decorrelated jitter nothing to draw from.
            boolean nothingToDraw = backoff instanceof Backoffs.DecorrelatedJitter decorrelated
                    && decorrelated.of().delayNanos(1, 0, random) > cap.toNanos();
            assertTrue(nothingToDraw || onCap < 10, backoff + " " + onCap);
        }
    }

    @Test
    void the_delay_neither_turns_negative_nor_zero_nor_slow_to_compute() {
        Random random = new Random(1);
        for (Backoff backoff : List.of(
                Backoff.exponential(SECOND, 2), Backoff.fibonacci(SECOND), Backoff.linear(Duration.ofDays(1)))) {
            for (int retry : new int[] {52, 53, 54, 62, 63, 64, 65, 93, 1_000_000, Integer.MAX_VALUE}) {
                assertTrue(backoff.delayNanos(retry, 0, random) >= SECOND.toNanos(), backoff + " " + retry);
            }
        }
        long start = System.nanoTime();
        for (int i = 0; i < 100_000; i++) {
            Backoff.fibonacci(SECOND).delayNanos(Integer.MAX_VALUE - i, 0, random);
        }
        assertTrue(System.nanoTime() - start < 60_000_000_000L); // in proportion to the retry it would take days
    }

    @Test
    void delays_of_nanoseconds_are_waited_for_and_none_is_cut_short() throws Exception {
        Retry virtual = retry(attempts(1001).backoff(Backoff.fixed(Duration.ofNanos(1))));
        assertThrows(IOException.class, () -> virtual.call(() -> failing(new IOException())));
        assertEquals(1000, time.nanoTime());
        List<Long> starts = new ArrayList<>();
        Retry real = Retry.of(attempts(50)
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

    @Test
    void a_checked_exception_is_not_wrapped() {
        IOException failure = new IOException();
        assertSame(
                failure,
                assertThrows(IOException.class, () -> retry(attempts(2)).call(() -> failing(failure))));
        Retry timed = Retry.of(attempts(1).attemptTimeout(Duration.ofMinutes(1)).build());
        assertSame(failure, assertThrows(IOException.class, () -> timed.call(() -> failing(failure))));
    }

    @Test
    void suppressed_history_stays_small_also_on_a_static_exception() throws Exception {
        IOException shared = new IOException("static");
        FutureTask<Void> other = new FutureTask<>(() -> {
            for (int i = 0; i < 2_000; i++) {
                assertThrows(IOException.class, () -> retryAtOnce().call(() -> failing(shared)));
            }
            return null;
        });
        Thread.ofPlatform().start(other);
        for (int i = 0; i < 2_000; i++) {
            assertThrows(IOException.class, () -> retryAtOnce().call(() -> failing(shared)));
        }
        other.get();
        assertEquals(1, shared.getSuppressed().length);
        assertTrue(shared.getSuppressed()[0].getMessage().length() < 2_000);
        assertEquals(0, shared.getSuppressed()[0].getStackTrace().length);
        // When the exception gets its trace, a run of the other thread may take it for that of a run inside of its own.
        assertTrue(calls.get() >= 11_998 && calls.get() <= 12_000, "" + calls.get());
    }

    private static Retry retryAtOnce() {
        return Retry.of(RetryPolicy.builder().backoff(Backoff.none()).build());
    }

    @Test
    void two_nested_retries_of_three_make_three_calls_also_through_a_thread() {
        Retry inner = retry(attempts(3));
        Retry outer = retry(attempts(3));
        assertThrows(IOException.class, () -> outer.call(() -> inner.call(() -> failing(new IOException()))));
        assertEquals(3, calls.get());
        Retry timed = Retry.of(attempts(3).attemptTimeout(Duration.ofMinutes(1)).build());
        assertThrows(IOException.class, () -> timed.call(() -> inner.call(() -> failing(new IOException()))));
        assertEquals(6, calls.get());
        CompletableFuture<String> async = retryAtOnce()
                .callAsync(() -> retryAtOnce().callAsync(() -> {
                    calls.incrementAndGet();
                    return CompletableFuture.<String>failedFuture(new IOException());
                }));
        assertInstanceOf(IOException.class, async.exceptionNow());
        assertEquals(9, calls.get());
    }

    @Test
    void an_exhausted_budget_leaves_hedges_in_flight_alone() throws Exception {
        RetryBudget budget = RetryBudget.tokens(1, 0);
        CountDownLatch answer = new CountDownLatch(1);
        Hedge hedge = Hedge.after(Duration.ZERO).maxAttempts(5).budget(budget).build();
        FutureTask<String> call = new FutureTask<>(() -> hedge.call(() -> {
            calls.incrementAndGet();
            answer.await();
            return "answer";
        }));
        Thread.ofVirtual().start(call);
        while (calls.get() < 2) {
            Thread.onSpinWait();
        }
        assertEquals(-1, budget.take(null));
        answer.countDown();
        assertEquals("answer", call.get());
        assertEquals(2, calls.get());
    }
}
