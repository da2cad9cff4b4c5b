package dev.weir.core;

import org.jspecify.annotations.Nullable;

/**
 * A function that may throw a checked exception of the caller's own type; see {@link ThrowingSupplier} for how the type
 * is inferred.
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
