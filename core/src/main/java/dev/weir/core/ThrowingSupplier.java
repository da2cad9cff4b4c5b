package dev.weir.core;

import org.jspecify.annotations.Nullable;

/**
 * A task with a result that may throw a checked exception of the caller's own type. Methods that take one declare
 * {@code throws X}, so a lambda that throws {@code IOException} makes the call throw {@code IOException}, and a lambda
 * that throws nothing checked makes the compiler infer an unchecked {@code X} and ask for no {@code catch}.
 *
 * <p><b>Thread-safety.</b> Must be as thread-safe as its use is: what runs it several times at once says so.
 * <b>Blocking.</b> It may block. <b>Interruption.</b> It should end soon with an {@link InterruptedException} when its
 * thread is interrupted, and may declare that beside its own exception. <b>Fairness.</b> None of its own. <b>Memory
 * effects.</b> Those of what runs it.
 *
 * @param <T> the type of the result
 * @param <X> the type of the checked exception
 */
@FunctionalInterface
public interface ThrowingSupplier<T extends @Nullable Object, X extends Throwable> {
    /**
     * Runs the task.
     *
     * @return its result
     * @throws X if the task fails
     * @throws InterruptedException if the task was interrupted while it waited
     */
    T get() throws X, InterruptedException;
}
