package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** A run that has ended is kept alive neither by a stage that never ends nor by its future. */
class RunRetentionTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final CompletableFuture<String> never = new CompletableFuture<>();

    /** What a task captures. */
    private static final class Captured {
        private final CompletionStage<String> stage;

        Captured(CompletionStage<String> stage) {
            this.stage = stage;
        }
    }

    private static boolean isCollected(WeakReference<?> reference) throws InterruptedException {
        for (int i = 0; i < 200 && reference.get() != null; i++) {
            System.gc();
            Thread.sleep(5);
        }
        return reference.get() == null;
    }

    private WeakReference<Captured> timedOut(RetryPolicy policy) {
        Captured captured = new Captured(never.minimalCompletionStage());
        CompletableFuture<String> future =
                Retry.builder(policy).timeSource(time).build().callAsync(() -> captured.stage);
        time.advance(SECOND);
        assertInstanceOf(
                AttemptTimeoutException.class,
                assertThrows(CompletionException.class, future::join).getCause());
        return new WeakReference<>(captured);
    }

    @Test
    void a_stage_that_was_given_up_does_not_keep_the_run() throws Exception {
        RetryPolicy policy =
                RetryPolicy.builder().maxAttempts(1).attemptTimeout(SECOND).build();
        assertTrue(isCollected(timedOut(policy)));
        Reference.reachabilityFence(never);
    }

    private WeakReference<Captured> overtaken() {
        Captured captured = new Captured(never.minimalCompletionStage());
        int[] number = {0};
        CompletableFuture<String> future = Hedge.after(SECOND)
                .timeSource(time)
                .build()
                .callAsync(() -> ++number[0] == 1 ? captured.stage : CompletableFuture.completedFuture("second"));
        time.advance(SECOND);
        assertTrue(future.isDone());
        return new WeakReference<>(captured);
    }

    @Test
    void the_stage_of_an_overtaken_attempt_does_not_keep_the_call() throws Exception {
        assertTrue(isCollected(overtaken()));
        Reference.reachabilityFence(never);
    }

    private WeakReference<Captured> completed(CompletableFuture<?>[] kept) {
        Captured captured = new Captured(CompletableFuture.completedFuture("x"));
        kept[0] = Retry.of(RetryPolicy.defaults()).callAsync(() -> captured.stage);
        kept[1] = Hedge.after(SECOND).build().callAsync(() -> captured.stage);
        return new WeakReference<>(captured);
    }

    @Test
    void a_completed_future_does_not_keep_its_run() throws Exception {
        CompletableFuture<?>[] kept = new CompletableFuture<?>[2];
        assertTrue(isCollected(completed(kept)));
        Reference.reachabilityFence(kept);
    }
}
