package dev.weir.core;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What became of a task: it returned a value, it failed, or it was cancelled. Made for {@code switch}:
 *
 * {@snippet file="dev/weir/core/OutcomeSnippets.java" region="switch"}
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks. Outcomes may be shared between threads; the value inside is the
 * caller's own.
 *
 * @param <T> the type of the value
 */
public sealed interface Outcome<T extends @Nullable Object> {
    /**
     * The task returned. Immutable.
     *
     * @param value what it returned
     * @param <T> the type of the value
     */
    record Success<T extends @Nullable Object>(T value) implements Outcome<T> {}

    /**
     * The task threw. Immutable.
     *
     * @param cause what it threw, the very object
     * @param <T> the type of the value that it would have returned
     */
    record Failure<T extends @Nullable Object>(Throwable cause) implements Outcome<T> {
        /**
         * Creates a failure.
         *
         * @param cause what the task threw
         */
        public Failure {
            Objects.requireNonNull(cause, "cause");
        }
    }

    /**
     * The task was cancelled, before it started or while it ran. Immutable.
     *
     * @param started whether the task had begun to run
     * @param cause why it was cancelled: for instance a {@link java.util.concurrent.TimeoutException} at a deadline
     * @param <T> the type of the value that it would have returned
     */
    record Cancelled<T extends @Nullable Object>(boolean started, Throwable cause) implements Outcome<T> {
        /**
         * Creates a cancellation.
         *
         * @param started whether the task had begun to run
         * @param cause why it was cancelled
         */
        public Cancelled {
            Objects.requireNonNull(cause, "cause");
        }
    }

    /**
     * The outcome of a task that returned.
     *
     * @param value what it returned
     * @param <T> the type of the value
     * @return the outcome
     */
    static <T extends @Nullable Object> Outcome<T> success(T value) {
        return new Success<>(value);
    }

    /**
     * The outcome of a task that threw.
     *
     * @param cause what it threw
     * @param <T> the type of the value that it would have returned
     * @return the outcome
     */
    static <T extends @Nullable Object> Outcome<T> failure(Throwable cause) {
        return new Failure<>(cause);
    }

    /**
     * The outcome of a task that was cancelled.
     *
     * @param started whether the task had begun to run
     * @param cause why it was cancelled
     * @param <T> the type of the value that it would have returned
     * @return the outcome
     */
    static <T extends @Nullable Object> Outcome<T> cancelled(boolean started, Throwable cause) {
        return new Cancelled<>(started, cause);
    }

    /**
     * Runs a task and keeps what became of it. A {@link CancellationException} is a cancellation; everything else that
     * the task throws, an {@link Error} too, is a failure, except the interrupt of the calling thread itself.
     *
     * @param task the task
     * @param <T> the type of the value
     * @return the outcome
     * @throws InterruptedException if the task threw it: an interrupt concerns the thread and is not a result
     */
    @SuppressWarnings("unchecked") // a Failure and a Cancelled hold no T
    static <T extends @Nullable Object> Outcome<T> of(ThrowingSupplier<? extends T, ?> task)
            throws InterruptedException {
        Objects.requireNonNull(task, "task");
        try {
            return new Success<>(task.get());
        } catch (InterruptedException interrupt) {
            throw interrupt;
        } catch (CancellationException cancellation) {
            return new Cancelled<>(true, cancellation);
        } catch (Throwable failure) {
            return new Failure<>(failure);
        }
    }

    /**
     * Whether the task returned.
     *
     * @return true for a {@link Success}
     */
    default boolean isSuccess() {
        return this instanceof Success;
    }

    /**
     * Applies a function to the value, if there is one; a failure or a cancellation stays as it is.
     *
     * @param mapper the function; what it throws, the caller gets
     * @param <R> the type of the new value
     * @return the outcome with the new value
     */
    default <R extends @Nullable Object> Outcome<R> map(Function<? super T, ? extends R> mapper) {
        Objects.requireNonNull(mapper, "mapper");
        return switch (this) {
            case Success<T>(T value) -> new Success<>(mapper.apply(value));
            case Failure<T>(Throwable cause) -> new Failure<>(cause);
            case Cancelled<T>(boolean started, Throwable cause) -> new Cancelled<>(started, cause);
        };
    }

    /**
     * The value, or another one if there is none.
     *
     * @param other what to return for a failure or a cancellation
     * @return the value or the other
     */
    default T orElse(T other) {
        return this instanceof Success<T>(T value) ? value : other;
    }

    /**
     * The value, or an exception as {@link java.util.concurrent.Future#get()} throws it.
     *
     * @return the value
     * @throws ExecutionException if the task failed; its cause is what the task threw
     * @throws CancellationException if the task was cancelled; its cause is why
     */
    default T orElseThrow() throws ExecutionException {
        return switch (this) {
            case Success<T>(T value) -> value;
            case Failure<T>(Throwable cause) -> throw new ExecutionException(cause);
            case Cancelled<T>(boolean started, Throwable cause) -> {
                CancellationException cancellation =
                        new CancellationException(started ? "cancelled while it ran" : "cancelled before it started");
                cancellation.initCause(cause);
                throw cancellation;
            }
        };
    }
}
