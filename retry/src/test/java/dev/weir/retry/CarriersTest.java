package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Virtual threads compute on all carriers: those who call from platform threads, or asynchronously, do not wait for
 * them (pragmatica #750).
 */
@Timeout(60)
class CarriersTest {
    private static final Duration SOON = Duration.ofMillis(5);

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger calls = new AtomicInteger();

    @BeforeEach
    void keep_all_carriers_busy() throws Exception {
        int carriers = Runtime.getRuntime().availableProcessors();
        CountDownLatch busy = new CountDownLatch(carriers);
        for (int i = 0; i < carriers; i++) {
            Thread.ofVirtual().start(() -> {
                busy.countDown();
                while (!over.get()) {
                    Thread.onSpinWait();
                }
            });
        }
        busy.await();
    }

    @AfterEach
    void let_the_carriers_go() {
        over.set(true);
    }

    private static RetryPolicy limited(int attempts) {
        return RetryPolicy.builder()
                .maxAttempts(attempts)
                .backoff(Backoff.fixed(SOON))
                .attemptTimeout(SOON)
                .build();
    }

    private static Throwable failureOf(CompletableFuture<?> future) throws Exception {
        try {
            throw new AssertionError("completed with " + future.get());
        } catch (ExecutionException failed) {
            return failed.getCause();
        }
    }

    @Test
    void an_asynchronous_run_goes_on_after_its_delay() throws Exception {
        Retry retry =
                Retry.of(RetryPolicy.builder().backoff(Backoff.fixed(SOON)).build());
        CompletableFuture<String> future = retry.callAsync(() -> calls.incrementAndGet() < 3
                ? CompletableFuture.failedFuture(new IOException())
                : CompletableFuture.completedFuture("third"));
        assertEquals("third", future.get());
    }

    @Test
    void an_asynchronous_attempt_times_out() throws Exception {
        assertInstanceOf(
                AttemptTimeoutException.class, failureOf(Retry.of(limited(2)).callAsync(CompletableFuture::new)));
    }

    @Test
    void an_attempt_of_a_platform_thread_begins_and_times_out() throws Exception {
        Call<String> call = Call.onPlatformThread(() -> Retry.of(limited(2)).call(() -> {
            calls.incrementAndGet();
            new CountDownLatch(1).await();
            return "never";
        }));
        assertInstanceOf(AttemptTimeoutException.class, call.failure());
        assertEquals(2, calls.get());
    }

    @Test
    void a_hedge_of_a_platform_thread_overtakes() throws Exception {
        Hedge hedge = Hedge.after(SOON).build();
        Call<String> call = Call.onPlatformThread(() -> hedge.call(() -> {
            if (calls.incrementAndGet() == 1) {
                new CountDownLatch(1).await();
            }
            return "second";
        }));
        assertEquals("second", call.result());
        CompletableFuture<String> async = hedge.callAsync(() ->
                calls.incrementAndGet() == 3 ? new CompletableFuture<>() : CompletableFuture.completedFuture("second"));
        assertEquals("second", async.get());
    }

    @Test
    void foreign_code_does_not_hold_up_the_timer() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        Retry retry =
                Retry.of(RetryPolicy.builder().backoff(Backoff.fixed(SOON)).build());
        CompletableFuture<String> first = new CompletableFuture<>();
        CompletableFuture<String> blocked = retry.callAsync(() -> {
            if (calls.incrementAndGet() == 1) {
                return first;
            }
            held.await(); // as it should not
            return CompletableFuture.failedFuture(new IOException());
        });
        // In another thread, which makes the next attempt itself if the delay ends before it leaves the run.
        Thread.ofPlatform().daemon().start(() -> first.completeExceptionally(new IOException()));
        Call.until(() -> calls.get() == 2);
        assertInstanceOf(
                AttemptTimeoutException.class, failureOf(Retry.of(limited(1)).callAsync(CompletableFuture::new)));
        held.countDown();
        assertInstanceOf(IOException.class, failureOf(blocked));
    }

    @Test
    void an_attempt_of_a_virtual_thread_that_keeps_the_carriers_busy_is_stopped_at_its_limit() throws Exception {
        over.set(true); // the attempts themselves are what computes
        int carriers = Runtime.getRuntime().availableProcessors();
        List<Call<String>> all = new ArrayList<>();
        for (int i = 0; i < carriers; i++) {
            Retry retry = Retry.of(RetryPolicy.builder()
                    .maxAttempts(1)
                    .attemptTimeout(Duration.ofMillis(300))
                    .build());
            all.add(Call.start(() -> retry.call(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    Thread.onSpinWait();
                }
                return "interrupted";
            })));
        }
        for (Call<String> call : all) {
            assertInstanceOf(AttemptTimeoutException.class, call.failure());
        }
    }
}
