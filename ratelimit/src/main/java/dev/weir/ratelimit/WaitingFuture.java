package dev.weir.ratelimit;

import dev.weir.core.internal.Futures;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The future of an {@code acquireAsync}. To cancel it or to complete it by hand leaves the line, or gives the permits
 * back, first: a {@link CompletableFuture} runs its dependents in these methods, and they may be slow, or ask for
 * permits themselves.
 */
@SuppressWarnings("VoidUsed") // the type of a future without a value
abstract sealed class WaitingFuture extends CompletableFuture<@Nullable Void> permits PermitFuture, CombinedFuture {
    /** Gives the place up, or the permits back; false if the request was settled before. */
    abstract boolean giveUp();

    /** Completes the future as the request was settled, which runs its dependents. */
    final void finish(@Nullable Throwable failure) {
        if (failure == null) {
            super.complete(null);
        } else {
            super.completeExceptionally(failure);
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return giveUp() ? super.cancel(mayInterruptIfRunning) : isCancelled();
    }

    @Override
    public boolean complete(@Nullable Void value) {
        return giveUp() && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        return giveUp() && super.completeExceptionally(failure);
    }

    @Override
    public CompletableFuture<@Nullable Void> completeAsync(
            Supplier<? extends @Nullable Void> supplier, Executor executor) {
        return Futures.completeAsync(this, supplier, executor);
    }

    @Override
    public void obtrudeValue(@Nullable Void value) {
        giveUp();
        super.obtrudeValue(value);
    }

    @Override
    public void obtrudeException(Throwable failure) {
        giveUp();
        super.obtrudeException(failure);
    }
}
