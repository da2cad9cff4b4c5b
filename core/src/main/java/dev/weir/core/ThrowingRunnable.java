package dev.weir.core;

/**
 * A task without a result that may throw a checked exception of the caller's own type; see {@link ThrowingSupplier} for
 * how the type is inferred.
 *
 * @param <X> the type of the checked exception
 */
@FunctionalInterface
public interface ThrowingRunnable<X extends Throwable> {
    /**
     * Runs the task.
     *
     * @throws X if the task fails
     * @throws InterruptedException if the task was interrupted while it waited
     */
    void run() throws X, InterruptedException;
}
