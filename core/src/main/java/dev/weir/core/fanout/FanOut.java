package dev.weir.core.fanout;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Undelivered;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.stream.Collector;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Applies a function to each of many items, several at once, and brings the results together.
 *
 * {@snippet file="dev/weir/core/fanout/FanOutSnippets.java" region="map"}
 *
 * <table class="striped">
 * <caption>Which call</caption>
 * <thead><tr><th scope="col">what you want</th><th scope="col">the call</th></tr></thead>
 * <tbody>
 * <tr><td>all results in order; the first failure ends it</td><td>{@link #map}</td></tr>
 * <tr><td>how each item ended; no failure ends it</td><td>{@link #outcomes}</td></tr>
 * <tr><td>nothing but that it is done</td><td>{@link #forEach}</td></tr>
 * <tr><td>results while others run, of a source that may be endless</td>
 * <td>{@link #stream(ThrowingFunction, ThrowingFunction) stream},
 * {@link #orderedStream(ThrowingFunction, ThrowingFunction) orderedStream}</td></tr>
 * <tr><td>each result in the calling thread, while others run</td><td>{@link #forEachCompleted}</td></tr>
 * <tr><td>how each item ended, while others run</td>
 * <td>{@link #streamOutcomes(ThrowingFunction, ThrowingFunction) streamOutcomes}</td></tr>
 * <tr><td>items that add items: a crawl, a walk through a tree</td>
 * <td>{@link #expand(ExpandingAction) expand}</td></tr>
 * <tr><td>one value from all results</td><td>{@link #reduce}, {@link #collect}</td></tr>
 * <tr><td>the first success, or a number of them</td><td>{@link #firstSuccess}, {@link #quorum}</td></tr>
 * <tr><td>whatever comes first, and which items were still running</td><td>{@link #firstCompleted}</td></tr>
 * </tbody>
 * </table>
 *
 * <p><b>Structured.</b> A call returns or throws only when no task code runs any more. On a failure, a deadline, an
 * interrupt of the caller or a result that makes the rest needless, running tasks are interrupted and waited for; one
 * that takes more than 10 s to end is named in the log at WARN.
 *
 * <p><b>Lazy.</b> Items are read from the source in order, one at a time, each when a worker is there to begin it at
 * once: never more than the concurrency are read and not done, and for a stream never more than the concurrency and the
 * buffer together. A {@link List} with random access (a {@link java.util.RandomAccess}, such as
 * {@link java.util.ArrayList} and {@link List#of}, and every array) is read by index and by several threads at once;
 * any other source by one thread at a time, though not always the same. A source must not change during the call.
 *
 * <p><b>The algorithm</b> is the self-scheduling of loops (Tang and Yew, 1986): each worker takes the next item when it
 * is done with one, by a counter that all share, or from the iterator in turns. So no worker is idle while there are
 * items, however long each takes, and none holds an item that it has not begun.
 *
 * <p><b>For computations</b> of less than a microsecond an item this is the wrong tool: each item costs its worker some
 * dozens of nanoseconds, as workers on different cores write the counter, and neighbouring results, in turns. Make
 * pieces that take a millisecond, by {@link #overRange overRange} and {@code chunked}, which costs about what a
 * {@linkplain java.util.Collection#parallelStream() parallel stream} does; or use that stream, if the function neither
 * waits, nor has to be interrupted, nor throws a checked exception.
 *
 * <p><b>Failures.</b> The caller gets the very exception that a task threw, of the function's own checked type,
 * {@link Error}s too. Failures of other tasks are attached to it as suppressed, ten at most and a count of the rest,
 * and so is a trace of the caller's stack, because the exception's own is that of another thread.
 *
 * <p><b>Interrupts.</b> What a task throws because the call interrupted it (an {@link InterruptedException}, a
 * {@link java.nio.channels.ClosedByInterruptException}, a {@link CancellationException}, alone or as a cause) is no
 * failure; anything else is, a {@link java.net.SocketTimeoutException} for instance. The interrupt status does not leak
 * from one item to the next, nor out of the call. On an executor of yours (see {@link #on}), an item that is
 * interrupted by something else, such as the executor's {@code shutdownNow} or a limit of its tasks' run time, ends the
 * call with a {@code CancellationException}, and so does an interrupt between items once the executor is shut down; the
 * interrupt status is left to the executor then. {@link InterruptedException} is thrown for an interrupt of the caller,
 * or if a function throws it of its own accord on the call's own threads.
 *
 * <p><b>Threads.</b> At most as many workers as the concurrency take the items; others are started only while there is
 * something to take. Without {@link #on} they are virtual threads of their own. Each task has what is
 * {@linkplain #context carried} from the caller, by default the MDC, and no inheritable thread-locals. Other
 * thread-locals that a task sets are seen by later tasks on the same thread, unless each has its own by
 * {@link #threadPerItem}; a {@link dev.weir.core.scope.TaskScope} that a task forgets to close is closed, and logged at
 * ERROR. Time limits are kept by the timer's thread, also when computations keep all carriers of virtual threads busy.
 *
 * <p><b>Thread-safety.</b> Immutable, but a source that is an {@link Iterator} or a {@link Stream} serves one call.
 * <b>Blocking.</b> The methods that bring results together, and the streams that some return, block the calling thread
 * until there is a result; the others only collect settings. <b>Interruption.</b> An interrupt of the caller stops the
 * call, which throws {@link InterruptedException} once all tasks have ended. <b>Fairness.</b> None: which worker gets
 * which item is left to the scheduler. <b>Memory effects.</b> What the caller does before the call happens-before every
 * task, and every task happens-before the call's return, or before its result is taken from a stream. Reading an item
 * happens-before its task.
 *
 * @param <T> the type of the items
 */
public final class FanOut<T extends @Nullable Object> {
    private final Iterable<? extends T> source;
    private final FanOutSettings settings;

    private FanOut(Iterable<? extends T> source, FanOutSettings settings) {
        this.source = source;
        this.settings = settings;
    }

    // ---- sources

    /**
     * Starts with the items of an iterable. Of a {@link Collection}, {@link #outcomes} also lists the items that were
     * never started.
     *
     * @param items the items, read when a call is made
     * @param <T> the type of the items
     * @return a fan-out of at most 16 items at once, on virtual threads, without limits of time
     */
    public static <T extends @Nullable Object> FanOut<T> over(Iterable<? extends T> items) {
        Objects.requireNonNull(items, "items");
        return new FanOut<>(items, new FanOutSettings());
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
        return over(Arrays.asList(Objects.requireNonNull(items, "items")));
    }

    /**
     * Starts with a range of numbers, for computations over them. Say next how many are one piece of work.
     *
     * {@snippet file="dev/weir/core/fanout/FanOutSnippets.java" region="range"}
     *
     * @param from the first
     * @param to the one after the last
     * @return the numbers, to be {@linkplain Numbers#chunked chunked}
     * @throws IllegalArgumentException if {@code to} is below {@code from}, or there are more than
     *     {@link Long#MAX_VALUE} numbers
     */
    public static Numbers overRange(long from, long to) {
        return new Numbers(new LongRange(from, to));
    }

    /**
     * A range of numbers that is not yet divided into the items of a {@link FanOut}.
     *
     * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
     */
    public static final class Numbers {
        private final LongRange all;

        private Numbers(LongRange all) {
            this.all = all;
        }

        /**
         * Divides the numbers into ranges of {@code size} numbers, the last perhaps of fewer. A range should take a
         * millisecond or more, and there should be some for each core, because one may take longer than another.
         *
         * @param size how many numbers are one item, at least 1
         * @return a fan-out over the ranges, as many at once as the machine has cores, on virtual threads
         * @throws IllegalArgumentException if {@code size} is below 1, or if there would be more than
         *     {@link Integer#MAX_VALUE} ranges
         */
        public FanOut<LongRange> chunked(long size) {
            Checks.positive(size, "size");
            return FanOut.<LongRange>over(all.split(size))
                    .concurrency(Runtime.getRuntime().availableProcessors());
        }

        /**
         * The range.
         *
         * @return for instance {@code FanOut.Numbers[0 to 1000000]}
         */
        @Override
        public String toString() {
            return "FanOut.Numbers[" + all.from() + " to " + all.to() + "]";
        }
    }

    @SuppressWarnings("unchecked") // an iterator only gives
    private static <T extends @Nullable Object> Iterator<T> narrow(Iterator<? extends T> items) {
        return (Iterator<T>) items;
    }

    // ---- settings

    private FanOut<T> with(Consumer<FanOutSettings> change) {
        FanOutSettings changed = settings.copy();
        change.accept(changed);
        return new FanOut<>(source, changed);
    }

    /**
     * Groups the items into lists of {@code size} items, the last perhaps of fewer, each of which is one item from then
     * on: for work that is cheaper for several items than for one.
     *
     * @param size how many items are one, at least 1
     * @return a fan-out over the lists, which cannot be modified
     * @throws IllegalArgumentException if {@code size} is below 1
     */
    public FanOut<List<T>> chunked(int size) {
        Checks.positive(size, "size");
        return new FanOut<>(Chunks.<T>of(source, size), settings);
    }

    /**
     * Limits how many items run at once; 16 by default. Of a {@linkplain #stream(ThrowingFunction) stream} never more
     * than 65,536 items run at once.
     *
     * @param concurrency at least 1
     * @return a fan-out with this bound
     * @throws IllegalArgumentException if {@code concurrency} is below 1
     */
    public FanOut<T> concurrency(int concurrency) {
        Checks.positive(concurrency, "concurrency");
        return with(changed -> changed.concurrency = concurrency);
    }

    /**
     * Limits how many results of a stream wait to be taken; as many as the concurrency by default. No item is begun
     * while as many as the concurrency and the buffer together run or have a result that nobody has taken. In an
     * {@link #orderedStream ordered stream} a slow item lets up to {@code results} others overtake it. Memory for the
     * references to that many results is taken when the stream is made. The taker and the workers wake each other once
     * for about that many results, so of quick items a stream with room for a thousand is some times cheaper.
     *
     * @param results at least 0
     * @return a fan-out with this bound
     * @throws IllegalArgumentException if {@code results} is negative
     */
    public FanOut<T> buffer(int results) {
        Checks.notNegative(results, "results");
        return with(changed -> changed.buffer = results);
    }

    /**
     * Limits how long each item takes, from when its task begins; no limit by default. A task that takes longer is
     * interrupted, and cancelled with a {@link TimeoutException}, whatever it then returns. An exception that it then
     * throws for another reason than the interrupt is suppressed by the timeout; an {@link Error} is its failure.
     *
     * @param timeout positive
     * @return a fan-out with this bound
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public FanOut<T> timeoutEach(Duration timeout) {
        Checks.positive(timeout, "timeout");
        return with(changed -> changed.timeoutEach = timeout);
    }

    /**
     * Limits how long the whole call takes; no limit by default. At the deadline running tasks are interrupted and no
     * other is started, also while the executor makes the call wait for room. What a limit throws is said at
     * {@link dev.weir.core.scope.Timeouts}.
     *
     * @param deadline the deadline
     * @return a fan-out with this bound
     */
    public FanOut<T> deadline(Deadline deadline) {
        Objects.requireNonNull(deadline, "deadline");
        return with(changed -> changed.deadline = deadline);
    }

    /**
     * Sets the executor that runs the workers; by default each runs on a virtual thread of its own. If the executor
     * rejects some workers, the others do the work. The caller waits and does not help, so a call from a task on the
     * same executor needs another thread of it: if all threads of a bounded executor make such calls, they wait for
     * each other, until a deadline or an interrupt.
     *
     * @param executor the executor; it is neither shut down nor waited for. It must run, reject or cancel what it is
     *     given, which is a {@link java.util.concurrent.Future}, as a {@link dev.weir.core.pool.WorkerPool} does; if it
     *     has cancelled all workers, the call throws a {@link CancellationException}. One that drops a worker without
     *     cancelling it makes the call wait until its deadline or an interrupt, or until an
     *     {@link java.util.concurrent.ExecutorService} is terminated. A limit of a task's run time that the executor
     *     has is one of a worker, and not of an item: see {@link #timeoutEach}. Workers that have not begun when the
     *     call ends leave the queue of a WorkerPool or a {@link java.util.concurrent.ThreadPoolExecutor}
     * @return a fan-out on this executor
     */
    public FanOut<T> on(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        return with(changed -> changed.executor = executor);
    }

    /**
     * Gives each item a thread that no other item had, or a task of its own on the {@linkplain #on executor}, for tasks
     * that leave something in thread-locals. It costs about a microsecond for each item. A worker that the executor
     * rejects goes on where it is.
     *
     * @return a fan-out that does so
     */
    public FanOut<T> threadPerItem() {
        return with(changed -> changed.threadPerItem = true);
    }

    /**
     * What is carried from the caller to each item, in place of {@link ContextCarrier#defaults()}.
     *
     * @param carriers what carries it, installed in this order; none carries nothing
     * @return a fan-out that does so
     */
    public FanOut<T> context(ContextCarrier... carriers) {
        Contexts contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
        return with(changed -> changed.contexts = contexts);
    }

    /**
     * Sets what is done with a result that nobody takes, for results that must be closed: what a loser of a race
     * returned, an item that took too long, an item of a call that throws, and what a stream has not given out when it
     * is closed or abandoned. Results that {@link #reduce} and an unordered {@link #collect} have added up are theirs.
     *
     * {@snippet file="dev/weir/core/fanout/FanOutSnippets.java" region="undelivered"}
     *
     * @param type the type of the results that are released; others are dropped
     * @param callback releases a result, once; called by a worker, or by the caller when no task code runs any more,
     *     and not interrupted by the call. What it throws is logged at ERROR
     * @param <R> the type of the results that are released
     * @return a fan-out that does so
     * @throws IllegalArgumentException if {@code type} is primitive
     */
    public <R> FanOut<T> onUndelivered(Class<R> type, Consumer<? super R> callback) {
        Undelivered<R> undelivered = new Undelivered<>(type, callback);
        return with(changed -> changed.undelivered = undelivered);
    }

    /**
     * Names the call in messages, in the log, in thread dumps, and in the names of its threads, to which
     * {@code -worker} is added; {@code fan-out} by default.
     *
     * @param name the name
     * @return a fan-out with this name
     */
    public FanOut<T> named(String name) {
        Objects.requireNonNull(name, "name");
        return with(changed -> {
            changed.name = name;
            changed.threadName = name + "-worker";
        });
    }

    /**
     * Sets a listener of the progress of a call. It is called by the workers, one at a time and with growing numbers;
     * items that end meanwhile are reported together. The last item is reported before the call returns. It should be
     * quick, for the worker that calls it does nothing else; what it throws is logged at ERROR.
     *
     * @param listener the listener
     * @return a fan-out with this listener
     */
    public FanOut<T> progress(Consumer<? super FanOutProgress> listener) {
        Objects.requireNonNull(listener, "listener");
        return with(changed -> changed.listener = listener);
    }

    /**
     * Sets the clock of {@link #timeoutEach}; {@link TimeSource#system()} by default. A {@link #deadline} has its own.
     *
     * @param time the clock
     * @return a fan-out on this clock
     */
    public FanOut<T> timeSource(TimeSource time) {
        Objects.requireNonNull(time, "time");
        return with(changed -> changed.time = time);
    }

    /** How long tasks may ignore their interrupt before the log says so. */
    FanOut<T> patience(Duration patience) {
        return with(changed -> changed.patience = patience);
    }

    // ---- all results

    /**
     * Applies a function to each item. The first failure cancels the rest.
     *
     * @param function what to do with an item
     * @param <R> the type of a result
     * @param <X> the type of the checked exception that the function throws
     * @return the results, in the order of the items; it cannot be modified
     * @throws X if the function threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <R extends @Nullable Object, X extends Throwable> List<R> map(ThrowingFunction<? super T, R, X> function)
            throws X, InterruptedException {
        FanIns.Values<R> values = new FanIns.Values<>(size());
        FanOutRun<T, R> run = call(function, values);
        run.<X>throwIfFailed(false);
        return values.list(run.source.count());
    }

    /**
     * Applies a function to each item, and returns how each one ended. A failure of one does not affect the others.
     *
     * @param function what to do with an item
     * @param <R> the type of a result
     * @return the outcomes, in the order of the items; it cannot be modified. An item that took longer than
     *     {@link #timeoutEach} or was running at the deadline and ended by its interrupt is {@link Outcome.Cancelled}
     *     and {@code started}; items that were never started are {@link Outcome.Cancelled} and not {@code started}.
     *     That is all of them if the source is a collection or an array; of another source those that were read, at
     *     most one for each worker, and the others are left in it
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <R extends @Nullable Object> List<Outcome<R>> outcomes(ThrowingFunction<? super T, R, ?> function)
            throws InterruptedException {
        FanIns.Outcomes<R> outcomes = new FanIns.Outcomes<>(size(), false);
        FanOutRun<T, R> run = call(function, outcomes);
        run.<RuntimeException>throwIfFailed(true);
        return outcomes.list(run.source.count(), run.end.why());
    }

    /**
     * Runs an action for each item, and keeps nothing: also for an endless source. The first failure cancels the rest.
     *
     * @param action what to do with an item
     * @param <X> the type of the checked exception that the action throws
     * @throws X if the action threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <X extends Throwable> void forEach(ThrowingConsumer<? super T, X> action) throws X, InterruptedException {
        Objects.requireNonNull(action, "action");
        ThrowingFunction<T, @Nullable Void, X> function = item -> {
            action.accept(item);
            return null;
        };
        call(function, new FanIns.Nothing<@Nullable Void>()).<X>throwIfFailed(false);
    }

    // ---- one value of all results

    /**
     * Applies a function to each item and makes one value of the results, in no particular order: each worker adds up
     * what it gets, and the caller adds up the workers. Keeps one value for each worker, however many items there are.
     *
     * @param identity the value of no results, which changes no other when it is added
     * @param function what to do with an item
     * @param operator adds two values; associative, commutative, and called by the workers and then by the caller. What
     *     it throws ends the call
     * @param <R> the type of a result
     * @param <X> the type of the checked exception that the function throws
     * @return the value
     * @throws X if the function threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <R, X extends Throwable> R reduce(
            R identity, ThrowingFunction<? super T, ? extends R, X> function, BinaryOperator<R> operator)
            throws X, InterruptedException {
        Objects.requireNonNull(identity, "identity");
        Objects.requireNonNull(function, "function");
        Objects.requireNonNull(operator, "operator");
        FanIns.Partials<R, Sum<R>> sums =
                new FanIns.Partials<>(() -> new Sum<>(identity), (sum, value) -> sum.add(value, operator));
        FanOutRun<T, R> run = this.<R>call(function::apply, sums);
        run.<X>throwIfFailed(false);
        Sum<R> all = new Sum<>(identity);
        sums.partials(run.workers).forEach(sum -> all.add(sum.value, operator));
        return all.value;
    }

    private static final class Sum<R> {
        private R value;

        Sum(R value) {
            this.value = value;
        }

        void add(R other, BinaryOperator<R> operator) {
            value = operator.apply(value, other);
        }
    }

    /**
     * Applies a function to each item and collects the results. A collector that is
     * {@linkplain Collector.Characteristics#UNORDERED unordered} collects while the items are done, in a container for
     * each worker. For another one the results are kept until all are there, and then collected by the caller in the
     * order of the items.
     *
     * @param function what to do with an item
     * @param collector the collector; what it throws ends the call
     * @param <R> the type of a result
     * @param <A> the type of the collector's containers
     * @param <C> the type of what it makes
     * @param <X> the type of the checked exception that the function throws
     * @return what the collector makes
     * @throws X if the function threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <R extends @Nullable Object, A, C extends @Nullable Object, X extends Throwable> C collect(
            ThrowingFunction<? super T, R, X> function, Collector<? super R, A, C> collector)
            throws X, InterruptedException {
        Objects.requireNonNull(function, "function");
        Objects.requireNonNull(collector, "collector");
        A all = collector.supplier().get();
        if (collector.characteristics().contains(Collector.Characteristics.UNORDERED)) {
            FanIns.Partials<R, A> parts = new FanIns.Partials<>(collector.supplier(), collector.accumulator());
            FanOutRun<T, R> run = call(function, parts);
            run.<X>throwIfFailed(false);
            for (A part : parts.partials(run.workers)) {
                all = collector.combiner().apply(all, part);
            }
        } else {
            for (R result : map(function)) {
                collector.accumulator().accept(all, result);
            }
        }
        return collector.finisher().apply(all);
    }

    // ---- some results

    /**
     * Races: applies a function to the items until one succeeds, and cancels the others. Failures of those that ran at
     * the same time are no failures of the call, except an {@link Error}, which ends it.
     *
     * @param function what to do with an item
     * @param <R> the type of a result
     * @param <X> the type of the checked exception that the function throws
     * @return the first result
     * @throws X if all failed: the first failure, with ten others suppressed and a count of the rest
     * @throws NoSuchElementException if there are no items
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if all failed and the first by its timeout; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <R extends @Nullable Object, X extends Throwable> R firstSuccess(ThrowingFunction<? super T, R, X> function)
            throws X, InterruptedException {
        return quorumOf(1, function).getFirst();
    }

    /**
     * Applies a function to the items until {@code successes} of them have succeeded, and cancels the others; as soon
     * as that many cannot succeed any more, it fails. Whether they can is known from the beginning for a list with
     * random access, and for other sources once all their items are read. Otherwise as {@link #firstSuccess}.
     *
     * @param successes how many must succeed, at least 1
     * @param function what to do with an item
     * @param <R> the type of a result
     * @param <X> the type of the checked exception that the function throws
     * @return that many results, in the order in which they came; it cannot be modified
     * @throws X if too many failed: the first failure, with the others suppressed
     * @throws IllegalArgumentException if {@code successes} is below 1
     * @throws NoSuchElementException if there are fewer items than that, and none failed
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if too many failed and the first by its timeout; its cause is
     *     the {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <R extends @Nullable Object, X extends Throwable> List<R> quorum(
            int successes, ThrowingFunction<? super T, R, X> function) throws X, InterruptedException {
        Checks.positive(successes, "successes");
        return quorumOf(successes, function);
    }

    private <R extends @Nullable Object, X extends Throwable> List<R> quorumOf(
            int successes, ThrowingFunction<? super T, R, X> function) throws X, InterruptedException {
        FanIns.Quorum<R> quorum = new FanIns.Quorum<>(successes, ItemSource.isIndexed(source) ? size() : -1);
        FanOutRun<T, R> run = call(function, quorum);
        quorum.<X>throwIfNotReached(run);
        return quorum.values();
    }

    /**
     * Applies a function to the items until one has completed, by a result or a failure, and cancels the others.
     *
     * @param function what to do with an item
     * @param <R> the type of a result
     * @return which items were done and which were pending
     * @throws NoSuchElementException if there are no items
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline; its cause is the {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <R extends @Nullable Object> FirstCompleted<R> firstCompleted(ThrowingFunction<? super T, R, ?> function)
            throws InterruptedException {
        FanIns.Outcomes<R> outcomes = new FanIns.Outcomes<>(size(), true);
        FanOutRun<T, R> run = call(function, outcomes);
        run.<RuntimeException>throwIfFailed(false);
        if (outcomes.first() < 0) {
            throw new NoSuchElementException(settings.name + " has no items");
        }
        return new FirstCompleted<>(
                Math.toIntExact(outcomes.first()), outcomes.list(run.source.count(), run.end.why()));
    }

    // ---- results while others run

    /**
     * Applies a function to each item, and lets a taker take the results as they are completed, while others run. When
     * the taker has returned or thrown, what still runs is cancelled and joined, so it may leave results untaken.
     *
     * {@snippet file="dev/weir/core/fanout/FanOutSnippets.java" region="stream"}
     *
     * @param function what to do with an item
     * @param taker takes from the stream, in the calling thread; no item is read before it begins. The stream throws
     *     when an item failed or the call is cancelled; that should not be caught, for this call throws the reason
     * @param <R> the type of a result
     * @param <A> the type of what the taker makes
     * @param <X> the type of the checked exception that the function throws
     * @param <Y> the type of the checked exception that the taker throws
     * @return what the taker returned
     * @throws X if the function threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     * @throws Y if the taker threw it
     */
    public <R extends @Nullable Object, A extends @Nullable Object, X extends Throwable, Y extends Throwable> A stream(
            ThrowingFunction<? super T, R, X> function, ThrowingFunction<? super Stream<R>, A, Y> taker)
            throws X, Y, InterruptedException {
        return take(false, function, taker);
    }

    /**
     * As {@link #stream(ThrowingFunction, ThrowingFunction)}, but the results come in the order of the items. A slow
     * item holds up those after it, but their tasks go on as long as the {@link #buffer} has room.
     *
     * @param function what to do with an item
     * @param taker takes from the stream, in the calling thread; no item is read before it begins. The stream throws
     *     when an item failed or the call is cancelled; that should not be caught, for this call throws the reason
     * @param <R> the type of a result
     * @param <A> the type of what the taker makes
     * @param <X> the type of the checked exception that the function throws
     * @param <Y> the type of the checked exception that the taker throws
     * @return what the taker returned
     * @throws X if the function threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     * @throws Y if the taker threw it
     */
    public <R extends @Nullable Object, A extends @Nullable Object, X extends Throwable, Y extends Throwable>
            A orderedStream(ThrowingFunction<? super T, R, X> function, ThrowingFunction<? super Stream<R>, A, Y> taker)
                    throws X, Y, InterruptedException {
        return take(true, function, taker);
    }

    /**
     * Applies a function to each item, and gives each result to a consumer in the calling thread, as they are completed
     * and while others run. The first failure cancels the rest, and so does one of the consumer.
     *
     * {@snippet file="dev/weir/core/fanout/FanOutSnippets.java" region="forEachCompleted"}
     *
     * @param function what to do with an item
     * @param consumer takes the results, in the calling thread, one at a time; the tasks that wait for it are bounded
     *     by the {@link #buffer}
     * @param <R> the type of a result
     * @param <X> the type of the checked exception that the function throws
     * @param <Y> the type of the checked exception that the consumer throws
     * @throws X if the function threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     * @throws Y if the consumer threw it
     */
    public <R extends @Nullable Object, X extends Throwable, Y extends Throwable> void forEachCompleted(
            ThrowingFunction<? super T, R, X> function, ThrowingConsumer<? super R, Y> consumer)
            throws X, Y, InterruptedException {
        Objects.requireNonNull(consumer, "consumer");
        this.<R, @Nullable Void, X, Y>stream(function, results -> {
            Iterator<R> each = results.iterator();
            while (each.hasNext()) {
                consumer.accept(each.next());
            }
            return null;
        });
    }

    /**
     * As {@link #stream(ThrowingFunction, ThrowingFunction)}, but a failure is an element of the stream and ends
     * nothing, as in {@link #outcomes}; an item that takes too long is {@link Outcome.Cancelled}.
     *
     * @param function what to do with an item
     * @param taker takes from the stream, in the calling thread; no item is read before it begins. The stream throws
     *     when the call is cancelled; that should not be caught, for this call throws the reason
     * @param <R> the type of a result
     * @param <A> the type of what the taker makes
     * @param <Y> the type of the checked exception that the taker throws
     * @return what the taker returned
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline; its cause is the {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     * @throws Y if the taker threw it
     */
    public <R extends @Nullable Object, A extends @Nullable Object, Y extends Throwable> A streamOutcomes(
            ThrowingFunction<? super T, R, ?> function, ThrowingFunction<? super Stream<Outcome<R>>, A, Y> taker)
            throws Y, InterruptedException {
        Objects.requireNonNull(function, "function");
        OutcomeRing<R> ring = new OutcomeRing<>(settings);
        return ResultSpliterator.<Outcome<R>, A, RuntimeException, Y>take(ring, () -> run(function, ring), taker);
    }

    // ---- items that add items

    /**
     * Does something with each item, and with the items that are added meanwhile, and those that they add: a crawl, or
     * a walk through a tree. The call ends when nothing is left and no task runs that could add something. The first
     * failure cancels the rest.
     *
     * {@snippet file="dev/weir/core/fanout/FanOutSnippets.java" region="expand"}
     *
     * <p>As many items as the concurrency are at work, and adding one does not wait for a place. Added items begin in
     * the order in which they were added, before the rest of the source, which is read when no added item is waiting.
     * An item that is added twice is done twice.
     *
     * @param action what to do with an item
     * @param <X> the type of the checked exception that the action throws
     * @throws X if the action threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     */
    public <X extends Throwable> void expand(ExpandingAction<T, X> action) throws X, InterruptedException {
        Objects.requireNonNull(action, "action");
        ExpandingFunction<T, @Nullable Void, X> function = (item, more) -> {
            action.accept(item, more);
            return null;
        };
        Interrupts.throwIfInterrupted();
        await(new Frontier<T>(source).run(settings, function, new FanIns.Nothing<@Nullable Void>()))
                .<X>throwIfFailed(false);
    }

    /**
     * As {@link #expand(ExpandingAction)}, but the action has results, which a taker takes as they are completed, as
     * from {@link #stream(ThrowingFunction, ThrowingFunction)}. When the taker has returned or thrown, what still runs
     * is cancelled and joined, so it may leave results untaken, also those of an endless expansion.
     *
     * @param function what to do with an item
     * @param taker takes from the stream, in the calling thread; no item is read before it begins. The stream throws
     *     when an item failed or the call is cancelled; that should not be caught, for this call throws the reason
     * @param <R> the type of a result
     * @param <A> the type of what the taker makes
     * @param <X> the type of the checked exception that the function throws
     * @param <Y> the type of the checked exception that the taker throws
     * @return what the taker returned
     * @throws X if the function threw it for an item: the first to fail
     * @throws InterruptedException if the calling thread is interrupted before or during the call
     * @throws CancellationException at the deadline, and if an item timed out; its cause is the
     *     {@link TimeoutException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor rejects the first worker
     * @throws Y if the taker threw it
     */
    public <R extends @Nullable Object, A extends @Nullable Object, X extends Throwable, Y extends Throwable> A expand(
            ExpandingFunction<T, R, X> function, ThrowingFunction<? super Stream<R>, A, Y> taker)
            throws X, Y, InterruptedException {
        Objects.requireNonNull(function, "function");
        ResultRing<R, R> ring = new ResultRing<>(false, settings);
        return ResultSpliterator.<R, A, X, Y>take(
                ring, () -> new Frontier<T>(source).run(settings, function, ring), taker);
    }

    // ---- streams to be closed

    /**
     * Applies a function to each item; the results are the elements of the stream as they are completed. The first
     * element that is pulled starts it. <b>Close the stream</b> unless it is pulled to its end: closing cancels and
     * joins what runs, while a short-circuiting operation alone leaves it waiting. A stream that is forgotten is
     * cancelled, and logged at ERROR, when it has been garbage collected. The form {@link #stream(ThrowingFunction,
     * ThrowingFunction) with a taker} cannot be forgotten to close, and keeps checked exceptions.
     *
     * <p>Another thread may close the stream while one pulls from its iterator. The stream throws what a task threw. It
     * throws a {@link CancellationException} at the {@link #deadline}, when an item takes too long, when it was closed,
     * and when the thread that pulls is interrupted, whose status is set then. Whenever it throws or ends, no task code
     * runs any more. It is always sequential. Only the first close joins: the JDK's streams let another one return at
     * once.
     *
     * @param function what to do with an item
     * @param <R> the type of a result
     * @return the results
     */
    public <R extends @Nullable Object> Stream<R> stream(
            ThrowingFunction<? super T, R, ? extends RuntimeException> function) {
        return open(false, function);
    }

    /**
     * As {@link #stream(ThrowingFunction)}, but the results come in the order of the items. A slow item holds up those
     * after it, but their tasks go on as long as the {@link #buffer} has room.
     *
     * @param function what to do with an item
     * @param <R> the type of a result
     * @return the results, to be closed
     */
    public <R extends @Nullable Object> Stream<R> orderedStream(
            ThrowingFunction<? super T, R, ? extends RuntimeException> function) {
        return open(true, function);
    }

    /**
     * As {@link #stream(ThrowingFunction)}, but a failure is an element of the stream and ends nothing, as in
     * {@link #outcomes}; an item that takes too long is {@link Outcome.Cancelled}.
     *
     * @param function what to do with an item
     * @param <R> the type of a result
     * @return how each item ended, as they are completed, to be closed
     */
    public <R extends @Nullable Object> Stream<Outcome<R>> streamOutcomes(ThrowingFunction<? super T, R, ?> function) {
        Objects.requireNonNull(function, "function");
        OutcomeRing<R> ring = new OutcomeRing<>(settings);
        return ResultSpliterator.open(ring, () -> run(function, ring));
    }

    private <R extends @Nullable Object> Stream<R> open(boolean ordered, ThrowingFunction<? super T, R, ?> function) {
        Objects.requireNonNull(function, "function");
        ResultRing<R, R> ring = new ResultRing<>(ordered, settings);
        return ResultSpliterator.open(ring, () -> run(function, ring));
    }

    private <R extends @Nullable Object, A extends @Nullable Object, X extends Throwable, Y extends Throwable> A take(
            boolean ordered,
            ThrowingFunction<? super T, R, X> function,
            ThrowingFunction<? super Stream<R>, A, Y> taker)
            throws X, Y, InterruptedException {
        Objects.requireNonNull(function, "function");
        ResultRing<R, R> ring = new ResultRing<>(ordered, settings);
        return ResultSpliterator.<R, A, X, Y>take(ring, () -> run(function, ring), taker);
    }

    // ---- a call

    /** How many items there seem to be, or -1. */
    private int size() {
        int size = source instanceof Collection<?> all ? all.size() : -1;
        return size == Integer.MAX_VALUE ? -1 : size; // as many or more
    }

    private <R extends @Nullable Object> FanOutRun<T, R> run(
            ThrowingFunction<? super T, R, ?> function, FanIn<R> fanIn) {
        return new FanOutRun<>(source, settings, function, fanIn);
    }

    /** Makes a call, and returns when it is over. */
    private <R extends @Nullable Object> FanOutRun<T, R> call(
            ThrowingFunction<? super T, R, ?> function, FanIn<R> fanIn) throws InterruptedException {
        Objects.requireNonNull(function, "function");
        Interrupts.throwIfInterrupted(); // before the source is asked for anything
        return await(run(function, fanIn));
    }

    private static <T extends @Nullable Object, R extends @Nullable Object> FanOutRun<T, R> await(FanOutRun<T, R> run) {
        run.start(true);
        run.await();
        return run;
    }

    /**
     * What was set.
     *
     * @return for instance {@code FanOut[fan-out, concurrency 16]}
     */
    @Override
    public String toString() {
        return settings.toString();
    }
}
