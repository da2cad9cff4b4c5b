package dev.weir.core;

import org.jspecify.annotations.Nullable;

/**
 * A function that may throw a checked exception of the caller's own type; see {@link ThrowingSupplier} for how the type
 * is inferred.
 *
 * <p><b>Thread-safety.</b> Must be as thread-safe as its use is: what runs it several times at once says so.
 * <b>Blocking.</b> It may block. <b>Interruption.</b> It should end soon with an {@link InterruptedException} when its
 * thread is interrupted, and may declare that beside its own exception. <b>Fairness.</b> None of its own. <b>Memory
 * effects.</b> Those of what runs it.
 *
 * @param <A> the type of the argument
 * @param <R> the type of the result
 * @param <X> the type of the checked exception
 */
@FunctionalInterface
public interface ThrowingFunction<A extends @Nullable Object, R extends @Nullable Object, X extends Throwable> {
    /**
     * Applies the function.
     *
     * @param argument the argument
     * @return the result
     * @throws X if the function fails
     * @throws InterruptedException if the function was interrupted while it waited
     */
    R apply(A argument) throws X, InterruptedException;
}
