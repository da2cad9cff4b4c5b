package dev.weir.core;

import org.jspecify.annotations.Nullable;

/**
 * An action on something that may throw a checked exception of the caller's own type; see {@link ThrowingSupplier} for
 * how the type is inferred.
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
