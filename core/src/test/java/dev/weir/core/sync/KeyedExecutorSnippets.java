package dev.weir.core.sync;

import dev.weir.core.pool.Saturation;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The code of {@link KeyedExecutor}'s documentation. */
final class KeyedExecutorSnippets {
    private KeyedExecutorSnippets() {}

    private static long balance;

    static long keyed() throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            // @start region="keyed"
            KeyedExecutor<String> accounts = KeyedExecutor.builder(threads)
                    .name("accounts")
                    .capacity(10_000) // tasks that wait, over all accounts
                    .saturation(Saturation.block(Duration.ofSeconds(1)))
                    .build();

            accounts.execute("account 17", () -> balance += 100);
            Future<Long> after = accounts.submit("account 17", () -> balance -= 30); // sees the 100
            // @end
            return after.get();
        }
    }
}
