package dev.weir.core;

/**
 * A task without a result that may throw a checked exception of the caller's own type; see {@link ThrowingSupplier} for
 * how the type is inferred.
 *
 * <p><b>Thread-safety.</b> Must be as thread-safe as its use is: what runs it several times at once says so.
 * <b>Blocking.</b> It may block. <b>Interruption.</b> It should end soon with an {@link InterruptedException} when its
 * thread is interrupted, and may declare that beside its own exception. <b>Fairness.</b> None of its own. <b>Memory
 * effects.</b> Those of what runs it.
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
