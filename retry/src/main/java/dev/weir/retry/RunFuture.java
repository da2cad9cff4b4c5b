package dev.weir.retry;

import dev.weir.core.internal.Callbacks;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The future of an asynchronous run. Completing it, in any way and by any thread, stops the run first, completes the
 * future then, and reports last. {@code CompletableFuture} alone would run the dependents of its user, latest first,
 * before anything of ours, and a slow one would keep the run going.
 *
 * <p>A completed future does not keep its run alive.
 *
 * @param <T> the type of the result
 */
final class RunFuture<T extends @Nullable Object> extends CompletableFuture<T> {
    /** What ends with its future. */
    interface Run {
        /**
         * Stops for good: nothing of the run starts from now on, and what runs is cancelled. Does nothing if the run
         * has ended, and throws nothing.
         *
         * @param failure what the future is about to be completed with; null for a result
         * @return what is to be reported once the future is complete, or null
         */
        @Nullable
        Runnable stop(@Nullable Throwable failure);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    private volatile @Nullable Run run;

    RunFuture(Run run) {
        this.run = run;
    }

    private @Nullable Runnable stop(@Nullable Throwable failure) {
        Run present = run;
        if (present == null) {
            return null;
        }
        try {
            return present.stop(failure);
        } catch (Throwable noMemory) { // the future must end all the same
            Callbacks.error(LOG, "an asynchronous run was not stopped when its future was completed", noMemory);
            return null;
        } finally {
            run = null; // last: another thread that completes the future meanwhile stops the run, too
        }
    }

    private static boolean reported(boolean completed, @Nullable Runnable report) {
        if (report != null) {
            report.run();
        }
        return completed;
    }

    @Override
    public boolean complete(T value) {
        @Nullable Runnable report = stop(null);
        return reported(super.complete(value), report);
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        @Nullable Runnable report = stop(Objects.requireNonNull(failure, "failure"));
        return reported(super.completeExceptionally(failure), report);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        @Nullable Runnable report = run == null ? null : stop(new CancellationException());
        return reported(super.cancel(mayInterruptIfRunning), report);
    }

    @Override
    public void obtrudeValue(T value) {
        @Nullable Runnable report = stop(null);
        super.obtrudeValue(value);
        reported(true, report);
    }

    @Override
    public void obtrudeException(Throwable failure) {
        @Nullable Runnable report = stop(Objects.requireNonNull(failure, "failure"));
        super.obtrudeException(failure);
        reported(true, report);
    }

    /** As inherited, but by the methods above, which the inherited one does not call. */
    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        Objects.requireNonNull(supplier, "supplier");
        executor.execute(() -> {
            if (!isDone()) {
                completeBy(supplier);
            }
        });
        return this;
    }

    private void completeBy(Supplier<? extends T> supplier) {
        T value;
        try {
            value = supplier.get();
        } catch (Throwable failure) {
            completeExceptionally(failure);
            return;
        }
        complete(value);
    }
}
