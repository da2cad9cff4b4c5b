package dev.weir.core.fanout;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Does something with each of many items, several at once, and brings the results back in order.
 *
 * {@snippet file="dev/weir/core/fanout/FanOutSnippets.java" region="map"}
 *
 * <p><b>Structured.</b> A call returns or throws only when no task code runs any more. On a failure, a deadline or an
 * interrupt of the caller, running tasks are interrupted and waited for; one that takes more than 10 s to end is named
 * in the log at WARN.
 *
 * <p><b>Lazy.</b> Items are read from the source one by one, as there is somebody to take them, by one thread at a time,
 * though not always the same. A source may be endless, as long as something ends the call.
 *
 * <p><b>Failures.</b> The caller gets the very exception that a task threw, of the function's own checked type, {@link
 * Error}s too. Failures of other tasks are attached to it as suppressed, ten at most and a count of the rest, and so is
 * a trace of the caller's stack, because the exception's own is that of another thread.
 *
 * <p><b>Threads.</b> At most so many workers as the concurrency pull items from the source; another one is started only
 * while there is something to pull. Without {@link #on} they are virtual threads of their own. The interrupt status does
 * not leak from one item to the next, nor out of the call, and the caller's logging context ({@link org.slf4j.MDC}) is
 * that of the tasks.
 *
 * <p>Immutable and thread-safe, but a source that is an {@link Iterator} or a {@link Stream} serves one call. What the
 * caller does before the call happens-before every task, and every task happens-before the call's return.
 *
 * @param <T> the type of the items
 */
public final class FanOut<T extends @Nullable Object> {
    private static final int DEFAULT_CONCURRENCY = 16;

    final Iterable<? extends T> source;
    final int concurrency;
    final @Nullable Duration timeoutEach;
    final Deadline deadline;
    final @Nullable Executor executor;
    final String name;
    final TimeSource time;

    private FanOut(
            Iterable<? extends T> source,
            int concurrency,
            @Nullable Duration timeoutEach,
            Deadline deadline,
            @Nullable Executor executor,
            String name,
            TimeSource time) {
        this.source = source;
        this.concurrency = concurrency;
        this.timeoutEach = timeoutEach;
        this.deadline = deadline;
        this.executor = executor;
        this.name = name;
        this.time = time;
    }

    /**
     * Starts with the items of an iterable. Of a {@link Collection}, {@link #outcomes} tells also the ones that were
     * never started.
     *
     * @param items the items, read when a call is made
     * @param <T> the type of the items
     * @return a fan-out of at most 16 items at once, on virtual threads, without limits of time
     */
    public static <T extends @Nullable Object> FanOut<T> over(Iterable<? extends T> items) {
        Objects.requireNonNull(items, "items");
        return new FanOut<>(items, DEFAULT_CONCURRENCY, null, Deadline.never(), null, "fan-out", TimeSource.system());
    }

    /**
     * Starts with the items of an iterator, which may be endless.
     *
     * @param items the items, for one call
     * @param <T> the type of the items
     * @return a fan-out of at most 16 items at once, on virtual threads, without limits of time
     */
    public static <T extends @Nullable Object> FanOut<T> over(Iterator<? extends T> items) {
        Objects.requireNonNull(items, "items");
        return over((Iterable<T>) () -> narrow(items));
    }

    /**
     * Starts with the items of a stream, which may be endless. The stream is not closed.
     *
     * @param items the items, for one call
     * @param <T> the type of the items
     * @return a fan-out of at most 16 items at once, on virtual threads, without limits of time
     */
    public static <T extends @Nullable Object> FanOut<T> over(Stream<? extends T> items) {
        Objects.requireNonNull(items, "items");
        return over((Iterable<T>) () -> narrow(items.iterator()));
    }

    /**
     * Starts with the items of an array.
     *
     * @param items the items
     * @param <T> the type of the items
     * @return a fan-out of at most 16 items at once, on virtual threads, without limits of time
     */
    public static <T extends @Nullable Object> FanOut<T> over(T[] items) {
        return over(Arrays.asList(items));
    }

    @SuppressWarnings("unchecked") // an iterator only gives
    private static <T extends @Nullable Object> Iterator<T> narrow(Iterator<? extends T> items) {
        return (Iterator<T>) items;
    }

    /**
     * How many items at once, at most; 16 by default.
     *
     * @param concurrency at least 1
     * @return a fan-out with this bound
     * @throws IllegalArgumentException if {@code concurrency} is below 1
     */
    public FanOut<T> concurrency(int concurrency) {
        Checks.positive(concurrency, "concurrency");
        return new FanOut<>(source, concurrency, timeoutEach, deadline, executor, name, time);
    }

    /**
     * How long each item may take, from when its task begins; without bound by default. A task that takes longer is
     * interrupted, and cancelled with a {@link java.util.concurrent.TimeoutException}, whatever it then returns.
     *
     * @param timeout positive
     * @return a fan-out with this bound
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public FanOut<T> timeoutEach(Duration timeout) {
        Checks.positive(timeout, "timeout");
        return new FanOut<>(source, concurrency, timeout, deadline, executor, name, time);
    }

    /**
     * Until when all of it may take; never by default. At the deadline running tasks are interrupted and no other is
     * started.
     *
     * @param deadline the deadline
     * @return a fan-out with this bound
     */
    public FanOut<T> deadline(Deadline deadline) {
        Objects.requireNonNull(deadline, "deadline");
        return new FanOut<>(source, concurrency, timeoutEach, deadline, executor, name, time);
    }

    /**
     * Where the workers run; each on a virtual thread of its own by default. If the executor rejects some workers, the
     * others do the work.
     *
     * @param executor the executor; it is neither shut down nor waited for
     * @return a fan-out on this executor
     */
    public FanOut<T> on(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        return new FanOut<>(source, concurrency, timeoutEach, deadline, executor, name, time);
    }

    /**
     * What the threads and the messages in the log are named for; {@code fan-out} by default.
     *
     * @param name the name
     * @return a fan-out with this name
     */
    public FanOut<T> named(String name) {
        Objects.requireNonNull(name, "name");
        return new FanOut<>(source, concurrency, timeoutEach, deadline, executor, name, time);
    }

    /**
     * The clock of {@link #timeoutEach}; {@link TimeSource#system()} by default. A {@link #deadline} has its own.
     *
     * @param time the clock
     * @return a fan-out on this clock
     */
    public FanOut<T> timeSource(TimeSource time) {
        Objects.requireNonNull(time, "time");
        return new FanOut<>(source, concurrency, timeoutEach, deadline, executor, name, time);
    }

    /**
     * Applies a function to each item. The first failure cancels the rest.
     *
     * @param function what to do with an item
     * @param <R> the type of a result
     * @param <X> the type of the checked exception that the function throws
     * @return the results, in the order of the items
     * @throws X if the function threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws java.util.concurrent.CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link java.util.concurrent.TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <R extends @Nullable Object, X extends Throwable> List<R> map(ThrowingFunction<? super T, R, X> function)
            throws X, InterruptedException {
        FanOutRun<T, R> run = new FanOutRun<>(this, function, FanOutRun.Keep.VALUES);
        run.<X>join();
        return run.values();
    }

    /**
     * Applies a function to each item, and tells of each what became of it. A failure of one does not concern the
     * others.
     *
     * @param function what to do with an item
     * @param <R> the type of a result
     * @return the outcomes, in the order of the items. An item that was running at the deadline is {@link
     *     Outcome.Cancelled} and {@code started}; items that were never started follow as {@link Outcome.Cancelled} and
     *     not {@code started} if the source is a collection or an array, and are left in the source otherwise
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <R extends @Nullable Object> List<Outcome<R>> outcomes(ThrowingFunction<? super T, R, ?> function)
            throws InterruptedException {
        FanOutRun<T, R> run = new FanOutRun<>(this, function, FanOutRun.Keep.OUTCOMES);
        run.<RuntimeException>join();
        return run.outcomes(source instanceof Collection<?> all ? all.size() : 0);
    }

    /**
     * Does something with each item, and keeps nothing: also for an endless source. The first failure cancels the rest.
     *
     * @param action what to do with an item
     * @param <X> the type of the checked exception that the action throws
     * @throws X if the action threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws java.util.concurrent.CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link java.util.concurrent.TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <X extends Throwable> void forEach(ThrowingConsumer<? super T, X> action) throws X, InterruptedException {
        Objects.requireNonNull(action, "action");
        ThrowingFunction<T, @Nullable Void, X> function = item -> {
            action.accept(item);
            return null;
        };
        new FanOutRun<>(this, function, FanOutRun.Keep.NOTHING).<X>join();
    }
}
