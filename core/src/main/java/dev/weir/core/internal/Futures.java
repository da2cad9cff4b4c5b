package dev.weir.core.internal;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What futures have in common that do something of their own when they are completed by hand. */
public final class Futures {
    private Futures() {}

    /**
     * Completes a future as {@link CompletableFuture#completeAsync(Supplier, Executor)} does, but through the methods
     * that it overrides, which the inherited one does not call.
     *
     * @param future the future
     * @param supplier what it is completed with
     * @param executor where the supplier runs
     * @param <T> the type of the result
     * @return the future
     */
    public static <T extends @Nullable Object> CompletableFuture<T> completeAsync(
            CompletableFuture<T> future, Supplier<? extends T> supplier, Executor executor) {
        executor.execute(() -> {
            try {
                future.complete(supplier.get());
            } catch (Throwable failure) {
                future.completeExceptionally(new CompletionException(failure));
            }
        });
        return future;
    }
}
