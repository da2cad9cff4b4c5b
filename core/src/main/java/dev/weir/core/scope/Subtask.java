package dev.weir.core.scope;

import dev.weir.core.Outcome;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * What {@link TaskScope#fork} returns: a task of a scope, whose result is there once the scope has been joined.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. Nothing blocks. <b>Memory effects.</b> What the task did
 * happens-before its result is read.
 *
 * @param <T> the type of the result
 */
public sealed interface Subtask<T extends @Nullable Object> permits ForkedTask {
    /**
     * Returns what the task returned.
     *
     * @return the result
     * @throws IllegalStateException if the scope has not been joined, and if the task failed; then its cause is what
     *     the task threw
     * @throws CancellationException if the task was cancelled; its cause is why
     */
    T get();

    /**
     * Returns how the task ended. That the scope was stopped does not make a task's outcome a cancellation: a task that
     * returned all the same is a success, and one that threw something else than an effect of its interrupt a failure.
     *
     * @return the outcome. A task that the scope stopped is {@link Outcome.Cancelled}, and its cause is why: the
     *     failure of the sibling, the {@link java.util.concurrent.TimeoutException} of the deadline, the
     *     {@link InterruptedException} of the owner, or the {@link CancellationException} of the cancel
     * @throws IllegalStateException if the scope has not been joined
     */
    Outcome<T> outcome();

    /**
     * Whether the task returned, as far as that is known.
     *
     * @return true if the scope has been joined and the task is a success
     */
    boolean isSuccess();
}
