package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingSupplier;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Runs two to four tasks of different types in parallel and combines their results: a {@link TaskScope} in one
 * expression.
 *
 * {@snippet file="dev/weir/core/scope/ScopeSnippets.java" region="join"}
 *
 * <p>The tasks run in a fail-fast scope, each on a virtual thread of its own.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> The calling thread waits until all tasks have
 * ended. <b>Interruption.</b> An interrupt of the caller stops the tasks; {@link InterruptedException} is thrown once
 * they have ended. <b>Fairness.</b> None is needed: all tasks start at once. <b>Memory effects.</b> What the caller
 * does before the call happens-before the tasks, and they happen-before its return.
 */
public final class Parallel {
    private Parallel() {}

    /**
     * Runs two tasks in parallel, fail-fast, and combines their results in the calling thread.
     *
     * @param first a task
     * @param second a task
     * @param combine makes one of their results
     * @param <A> the type of the first result
     * @param <B> the type of the second result
     * @param <R> the type of the combined result
     * @param <X> the checked exceptions that the tasks throw
     * @return what {@code combine} returned
     * @throws X what the first task to fail threw, with the other failures suppressed; no task runs any more
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     */
    public static <
                    A extends @Nullable Object,
                    B extends @Nullable Object,
                    R extends @Nullable Object,
                    X extends Throwable>
            R join(
                    ThrowingSupplier<? extends A, ? extends X> first,
                    ThrowingSupplier<? extends B, ? extends X> second,
                    BiFunction<? super A, ? super B, ? extends R> combine)
                    throws X, InterruptedException {
        return join(Deadline.never(), first, second, combine);
    }

    /**
     * Runs two tasks in parallel, fail-fast and within a deadline, and combines their results in the calling thread.
     *
     * @param deadline when the tasks are interrupted, if they have not ended
     * @param first a task
     * @param second a task
     * @param combine makes one of their results
     * @param <A> the type of the first result
     * @param <B> the type of the second result
     * @param <R> the type of the combined result
     * @param <X> the checked exceptions that the tasks throw
     * @return what {@code combine} returned
     * @throws X what the first task to fail threw, with the other failures suppressed; no task runs any more
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws java.util.concurrent.CancellationException at the deadline; its cause is the
     *     {@link java.util.concurrent.TimeoutException}
     */
    public static <
                    A extends @Nullable Object,
                    B extends @Nullable Object,
                    R extends @Nullable Object,
                    X extends Throwable>
            R join(
                    Deadline deadline,
                    ThrowingSupplier<? extends A, ? extends X> first,
                    ThrowingSupplier<? extends B, ? extends X> second,
                    BiFunction<? super A, ? super B, ? extends R> combine)
                    throws X, InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
        Objects.requireNonNull(combine, "combine");
        try (TaskScope<X> scope = TaskScope.builder().deadline(deadline).failFast()) {
            Subtask<A> a = scope.fork(first);
            Subtask<B> b = scope.fork(second);
            scope.join();
            return combine.apply(a.get(), b.get());
        }
    }

    /**
     * Runs three tasks in parallel, fail-fast, and combines their results in the calling thread.
     *
     * @param first a task
     * @param second a task
     * @param third a task
     * @param combine makes one of their results
     * @param <A> the type of the first result
     * @param <B> the type of the second result
     * @param <C> the type of the third result
     * @param <R> the type of the combined result
     * @param <X> the checked exceptions that the tasks throw
     * @return what {@code combine} returned
     * @throws X what the first task to fail threw, with the other failures suppressed; no task runs any more
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     */
    public static <
                    A extends @Nullable Object,
                    B extends @Nullable Object,
                    C extends @Nullable Object,
                    R extends @Nullable Object,
                    X extends Throwable>
            R join(
                    ThrowingSupplier<? extends A, ? extends X> first,
                    ThrowingSupplier<? extends B, ? extends X> second,
                    ThrowingSupplier<? extends C, ? extends X> third,
                    Function3<? super A, ? super B, ? super C, ? extends R> combine)
                    throws X, InterruptedException {
        return join(Deadline.never(), first, second, third, combine);
    }

    /**
     * Runs three tasks in parallel, fail-fast and within a deadline, and combines their results in the calling thread.
     *
     * @param deadline when the tasks are interrupted, if they have not ended
     * @param first a task
     * @param second a task
     * @param third a task
     * @param combine makes one of their results
     * @param <A> the type of the first result
     * @param <B> the type of the second result
     * @param <C> the type of the third result
     * @param <R> the type of the combined result
     * @param <X> the checked exceptions that the tasks throw
     * @return what {@code combine} returned
     * @throws X what the first task to fail threw, with the other failures suppressed; no task runs any more
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws java.util.concurrent.CancellationException at the deadline; its cause is the
     *     {@link java.util.concurrent.TimeoutException}
     */
    public static <
                    A extends @Nullable Object,
                    B extends @Nullable Object,
                    C extends @Nullable Object,
                    R extends @Nullable Object,
                    X extends Throwable>
            R join(
                    Deadline deadline,
                    ThrowingSupplier<? extends A, ? extends X> first,
                    ThrowingSupplier<? extends B, ? extends X> second,
                    ThrowingSupplier<? extends C, ? extends X> third,
                    Function3<? super A, ? super B, ? super C, ? extends R> combine)
                    throws X, InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
        Objects.requireNonNull(third, "third");
        Objects.requireNonNull(combine, "combine");
        try (TaskScope<X> scope = TaskScope.builder().deadline(deadline).failFast()) {
            Subtask<A> a = scope.fork(first);
            Subtask<B> b = scope.fork(second);
            Subtask<C> c = scope.fork(third);
            scope.join();
            return combine.apply(a.get(), b.get(), c.get());
        }
    }

    /**
     * Runs four tasks in parallel, fail-fast, and combines their results in the calling thread.
     *
     * @param first a task
     * @param second a task
     * @param third a task
     * @param fourth a task
     * @param combine makes one of their results
     * @param <A> the type of the first result
     * @param <B> the type of the second result
     * @param <C> the type of the third result
     * @param <D> the type of the fourth result
     * @param <R> the type of the combined result
     * @param <X> the checked exceptions that the tasks throw
     * @return what {@code combine} returned
     * @throws X what the first task to fail threw, with the other failures suppressed; no task runs any more
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     */
    public static <
                    A extends @Nullable Object,
                    B extends @Nullable Object,
                    C extends @Nullable Object,
                    D extends @Nullable Object,
                    R extends @Nullable Object,
                    X extends Throwable>
            R join(
                    ThrowingSupplier<? extends A, ? extends X> first,
                    ThrowingSupplier<? extends B, ? extends X> second,
                    ThrowingSupplier<? extends C, ? extends X> third,
                    ThrowingSupplier<? extends D, ? extends X> fourth,
                    Function4<? super A, ? super B, ? super C, ? super D, ? extends R> combine)
                    throws X, InterruptedException {
        return join(Deadline.never(), first, second, third, fourth, combine);
    }

    /**
     * Runs four tasks in parallel, fail-fast and within a deadline, and combines their results in the calling thread.
     *
     * @param deadline when the tasks are interrupted, if they have not ended
     * @param first a task
     * @param second a task
     * @param third a task
     * @param fourth a task
     * @param combine makes one of their results
     * @param <A> the type of the first result
     * @param <B> the type of the second result
     * @param <C> the type of the third result
     * @param <D> the type of the fourth result
     * @param <R> the type of the combined result
     * @param <X> the checked exceptions that the tasks throw
     * @return what {@code combine} returned
     * @throws X what the first task to fail threw, with the other failures suppressed; no task runs any more
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws java.util.concurrent.CancellationException at the deadline; its cause is the
     *     {@link java.util.concurrent.TimeoutException}
     */
    public static <
                    A extends @Nullable Object,
                    B extends @Nullable Object,
                    C extends @Nullable Object,
                    D extends @Nullable Object,
                    R extends @Nullable Object,
                    X extends Throwable>
            R join(
                    Deadline deadline,
                    ThrowingSupplier<? extends A, ? extends X> first,
                    ThrowingSupplier<? extends B, ? extends X> second,
                    ThrowingSupplier<? extends C, ? extends X> third,
                    ThrowingSupplier<? extends D, ? extends X> fourth,
                    Function4<? super A, ? super B, ? super C, ? super D, ? extends R> combine)
                    throws X, InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
        Objects.requireNonNull(third, "third");
        Objects.requireNonNull(fourth, "fourth");
        Objects.requireNonNull(combine, "combine");
        try (TaskScope<X> scope = TaskScope.builder().deadline(deadline).failFast()) {
            Subtask<A> a = scope.fork(first);
            Subtask<B> b = scope.fork(second);
            Subtask<C> c = scope.fork(third);
            Subtask<D> d = scope.fork(fourth);
            scope.join();
            return combine.apply(a.get(), b.get(), c.get(), d.get());
        }
    }

    /**
     * A function of three arguments.
     *
     * <p><b>Thread-safety.</b> Called once, by the thread that joins: for one thread at a time. <b>Blocking.</b> It may
     * block. <b>Interruption.</b> By the interrupt of the caller alone. <b>Fairness.</b> None is needed.
     *
     * @param <A> the type of the first argument
     * @param <B> the type of the second argument
     * @param <C> the type of the third argument
     * @param <R> the type of the result
     */
    @FunctionalInterface
    public interface Function3<
            A extends @Nullable Object,
            B extends @Nullable Object,
            C extends @Nullable Object,
            R extends @Nullable Object> {
        /**
         * Applies the function.
         *
         * @param a the first argument
         * @param b the second argument
         * @param c the third argument
         * @return the result
         */
        R apply(A a, B b, C c);
    }

    /**
     * A function of four arguments.
     *
     * <p><b>Thread-safety.</b> Called once, by the thread that joins: for one thread at a time. <b>Blocking.</b> It may
     * block. <b>Interruption.</b> By the interrupt of the caller alone. <b>Fairness.</b> None is needed.
     *
     * @param <A> the type of the first argument
     * @param <B> the type of the second argument
     * @param <C> the type of the third argument
     * @param <D> the type of the fourth argument
     * @param <R> the type of the result
     */
    @FunctionalInterface
    public interface Function4<
            A extends @Nullable Object,
            B extends @Nullable Object,
            C extends @Nullable Object,
            D extends @Nullable Object,
            R extends @Nullable Object> {
        /**
         * Applies the function.
         *
         * @param a the first argument
         * @param b the second argument
         * @param c the third argument
         * @param d the fourth argument
         * @return the result
         */
        R apply(A a, B b, C c, D d);
    }
}
