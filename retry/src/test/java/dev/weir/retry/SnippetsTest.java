package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SnippetsTest {
    @Test
    void the_code_of_the_javadoc_does_what_it_says() throws Exception {
        assertEquals(
                "RetryPolicy[5 attempts, within PT30S]", RetrySnippets.policy().toString());
        assertTrue(RetrySnippets.backoff().delayNanos(99, 0, new Random(1)) <= 5_000_000_000L);
        assertEquals("page", RetrySnippets.call(() -> "page"));
        assertEquals(3, RetrySnippets.budget().maxAttempts);
        Retry once = Retry.of(RetryPolicy.builder().maxAttempts(1).build());
        assertEquals("page", RetrySnippets.attempt(once, () -> "page"));
        assertEquals("1 attempts: java.io.IOException: down", RetrySnippets.attempt(once, () -> {
            throw new IOException("down");
        }));
        assertEquals(
                "page",
                RetrySnippets.callAsync(once, () -> CompletableFuture.completedFuture("page"))
                        .get());
        assertEquals("page", RetrySnippets.hedge(() -> "page"));
        assertEquals(
                "page",
                RetrySnippets.hedgeAsync(
                                once,
                                Hedge.after(Duration.ofHours(1)).build(),
                                () -> CompletableFuture.completedFuture("page"))
                        .getNow(""));
        assertEquals(
                "page",
                RetrySnippets.hedgedRetry(once, Hedge.after(Duration.ofHours(1)).build(), () -> "page"));
    }
}
