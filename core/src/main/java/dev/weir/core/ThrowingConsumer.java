package dev.weir.core;

import org.jspecify.annotations.Nullable;

/**
 * An action on something that may throw a checked exception of the caller's own type; see {@link ThrowingSupplier} for
 * how the type is inferred.
 *
 * <p><b>Thread-safety.</b> Must be as thread-safe as its use is: what runs it several times at once says so.
 * <b>Blocking.</b> It may block. <b>Interruption.</b> It should end soon with an {@link InterruptedException} when its
 * thread is interrupted, and may declare that beside its own exception. <b>Fairness.</b> None of its own. <b>Memory
 * effects.</b> Those of what runs it.
 *
 * @param <A> the type of the argument
 * @param <X> the type of the checked exception
 */
@FunctionalInterface
public interface ThrowingConsumer<A extends @Nullable Object, X extends Throwable> {
    /**
     * Performs the action.
     *
     * @param argument the argument
     * @throws X if the action fails
     * @throws InterruptedException if the action was interrupted while it waited
     */
    void accept(A argument) throws X, InterruptedException;
}
