package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.scope.Parallel;
import dev.weir.core.scope.Timeouts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CompletableFutureTest {
    private static String unchecked(String key) {
        try {
            return Calls.lookup(key);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static List<String> allJdk(List<String> keys, Executor threads) {
        // @start region="all-jdk"
        List<CompletableFuture<String>> futures = keys.stream()
                .map(key -> CompletableFuture.supplyAsync(() -> unchecked(key), threads))
                .toList();
        return futures.stream().map(CompletableFuture::join).toList();
        // @end
    }

    private static List<String> all(List<String> keys) throws IOException, InterruptedException {
        // @start region="all"
        return FanOut.over(keys).concurrency(8).map(key -> Calls.lookup(key));
        // @end
    }

    private static String pairJdk(Executor threads) {
        // @start region="pair-jdk"
        CompletableFuture<String> user = CompletableFuture.supplyAsync(() -> unchecked("user"), threads);
        CompletableFuture<String> orders = CompletableFuture.supplyAsync(() -> unchecked("orders"), threads);
        return user.thenCombine(orders, (u, o) -> u + ", " + o).join();
        // @end
    }

    private static String pair() throws IOException, InterruptedException {
        // @start region="pair"
        return Parallel.join(() -> Calls.lookup("user"), () -> Calls.lookup("orders"), (u, o) -> u + ", " + o);
        // @end
    }

    private static String timedJdk(Executor threads) {
        // @start region="timeout-jdk"
        return CompletableFuture.supplyAsync(() -> unchecked("user"), threads)
                .orTimeout(10, TimeUnit.SECONDS) // the lookup goes on
                .join();
        // @end
    }

    private static String timed() throws Exception {
        // @start region="timeout"
        return Timeouts.call(Duration.ofSeconds(10), () -> Calls.lookup("user")); // the lookup is interrupted
        // @end
    }

    private static CompletableFuture<String> async(WorkerPool pool) {
        // @start region="async"
        CompletableFuture<String> user = pool.supplyAsync(() -> Calls.lookup("user")); // may throw checked ones
        // @end
        return user;
    }

    @Test
    void both_sides_do_the_same() throws Exception {
        try (WorkerPool threads = WorkerPool.ioBound("lookup").build()) {
            assertEquals(allJdk(List.of("a", "b"), threads), all(List.of("a", "b")));
            assertEquals(pairJdk(threads), pair());
            assertEquals(timedJdk(threads), timed());
            assertEquals("value of user", async(threads).get());
        }
    }
}
