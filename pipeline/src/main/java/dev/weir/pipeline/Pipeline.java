package dev.weir.pipeline;

import dev.weir.channel.Channel;
import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import dev.weir.pipeline.StageSpec.Kind;
import dev.weir.pipeline.StageSpec.Order;
import dev.weir.pipeline.StageSpec.Outlet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Moves elements through stages, each with workers of its own, with a bounded buffer between one and the next: a stage
 * that is too fast waits for the one behind it.
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="pipeline"}
 *
 * <p>This is a description, immutable, to which each method adds; {@link Complete#start} runs it. Methods that change a
 * stage, such as {@link #buffer}, change the one before them. A stage's workers live as long as the stage, on virtual
 * threads unless {@link #onPlatformThreads} says otherwise. Elements are never null: a function that returns null
 * fails.
 *
 * <p><b>Order.</b> A stage with one worker keeps the order of its elements, {@link #mapParallel} and {@link #merge}
 * pass each on as soon as it is there, {@link #mapParallelOrdered} restores the order, and {@link #mapParallelByKey}
 * keeps it within each key.
 *
 * <p><b>Bounds.</b> Before a stage wait at most as many elements as its {@link #buffer}, and each of its workers has
 * one in hand. An ordered stage has, besides, at most a buffer of results that wait for one before them; a stage by
 * keys, at most a buffer of elements whose key is being worked on.
 *
 * <p><b>Decoration.</b> A rate limit, a retry or a circuit breaker is a function around a function; so is a timeout,
 * for which there is also {@link #timeout}:
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="decorate"}
 *
 * <p><b>Closing.</b> A source, a function or a sink that is {@link AutoCloseable} is closed when the pipeline has
 * ended, however it did; once, even if it serves in several stages. If that throws, the pipeline has failed. A source
 * that is still being read a second after it was stopped, by the pipeline's clock, is closed then.
 *
 * <p><b>Context.</b> All of the pipeline's threads have the logging context ({@link org.slf4j.MDC}) of the thread that
 * starts it, and inherit nothing else. Virtual threads do not keep the JVM alive, platform threads do: a program whose
 * main thread has nothing else to do waits in {@link RunningPipeline#awaitCompletion()}.
 *
 * <p><b>Interruption.</b> When the pipeline fails or is aborted its workers are interrupted; a function that ignores
 * that delays the end. An {@link InterruptedException} that a function throws of its own accord is a failure like any
 * other. Roll-backs, acknowledgements and what is closed run without that interrupt. <b>Memory effects.</b> What a
 * stage does with an element happens-before what the next one does with the result, and all of it happens-before the
 * return of {@link RunningPipeline#awaitCompletion()}.
 *
 * @param <T> the type of the elements that have come this far
 */
public final class Pipeline<T> extends StageSettings<Pipeline<T>> {
    final List<Outlet> ends;
    final TimeSource time;

    Pipeline(List<Outlet> ends, TimeSource time) {
        this.ends = List.copyOf(ends);
        this.time = time;
    }

    /**
     * Begins with the elements of an iterable, which may be endless or wait: a {@link Channel} ends the pipeline when
     * it ends. It is read by one thread, when the pipeline is started.
     *
     * @param source the elements
     * @param <T> their type
     * @return a pipeline without stages
     */
    public static <T> Pipeline<T> from(Iterable<? extends T> source) {
        Objects.requireNonNull(source, "source");
        return from(stage -> stage.elements = source, source);
    }

    /**
     * Begins with the elements of a stream, which is closed at the end. Such a pipeline can be started once. The stream
     * is read sequentially and pushes its elements, which the stages hold up: also a stream with a large
     * {@code flatMap} inside reads no more ahead than the buffers hold.
     *
     * @param source the elements
     * @param <T> their type
     * @return a pipeline without stages
     */
    public static <T> Pipeline<T> from(Stream<? extends T> source) {
        Objects.requireNonNull(source, "source");
        return from(stage -> stage.stream = source, source);
    }

    private static <T> Pipeline<T> from(Consumer<StageSpec> elements, Object resource) {
        StageSpec source = new StageSpec(Kind.SOURCE, "source", List.of()).with(stage -> {
            elements.accept(stage);
            stage.resource = resource;
        });
        return new Pipeline<>(List.of(new Outlet(source, 0)), TimeSource.system());
    }

    /**
     * Several pipelines become one: what comes next gets the elements of all, as they come, and ends when all have. The
     * clock is that of the first.
     *
     * @param pipelines at least one; none may be used elsewhere, too
     * @param <T> the type of their elements
     * @return the pipeline where they meet
     * @throws IllegalArgumentException if there is none
     */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public static <T> Pipeline<T> merge(Pipeline<? extends T>... pipelines) {
        return merge(List.of(pipelines));
    }

    static <T> Pipeline<T> merge(List<? extends Pipeline<? extends T>> pipelines) {
        if (pipelines.isEmpty()) {
            throw new IllegalArgumentException("pipelines must be at least 1, but is 0");
        }
        return new Pipeline<>(
                pipelines.stream().flatMap(pipeline -> pipeline.ends.stream()).toList(), pipelines.getFirst().time);
    }

    private StageSpec stage(Kind kind, String name, Consumer<StageSpec> settings) {
        return new StageSpec(kind, name, ends).with(settings);
    }

    private <R> Pipeline<R> with(StageSpec stage) {
        return new Pipeline<>(List.of(new Outlet(stage, 0)), time);
    }

    private <A> Pipeline<A> with(Kind kind, String name, ThrowingFunction<? super T, ?, ?> function) {
        Objects.requireNonNull(function, "function");
        return with(stage(kind, name, stage -> {
            stage.function = StageSpec.untyped(function);
            stage.resource = function;
        }));
    }

    private <R> Pipeline<R> parallel(
            String name, int parallelism, Order order, ThrowingFunction<? super T, ? extends R, ?> function) {
        Checks.positive(parallelism, "parallelism");
        return this.<R>with(Kind.MAP, name, function).change(stage -> {
            stage.workers = parallelism;
            stage.order = order;
        });
    }

    private StageSpec last() {
        StageSpec last = ends.getFirst().from();
        if (ends.size() > 1 || last.splits()) {
            throw new IllegalStateException("there is no stage yet");
        }
        return last;
    }

    /** Changes the stage before, of which nobody else knows yet. */
    private Pipeline<T> change(Consumer<StageSpec> change) {
        return with(last().with(change));
    }

    @Override
    StageSpec current() {
        StageSpec last = last();
        if (last.kind == Kind.SOURCE) {
            throw new IllegalStateException("there is no stage yet");
        }
        return last;
    }

    @Override
    Pipeline<T> changeCurrent(Consumer<StageSpec> change) {
        return with(current().with(change));
    }

    /**
     * Adds a stage that turns each element into another, one after the other.
     *
     * @param name the stage's name
     * @param function what to do
     * @param <R> the type of the results
     * @return the longer pipeline
     */
    public <R> Pipeline<R> map(String name, ThrowingFunction<? super T, ? extends R, ?> function) {
        return with(Kind.MAP, name, function);
    }

    /**
     * Adds a stage that passes on the elements of which the condition is true. The others count as skipped.
     *
     * @param name the stage's name
     * @param condition which elements to keep
     * @return the longer pipeline
     */
    public Pipeline<T> filter(String name, ThrowingFunction<? super T, Boolean, ?> condition) {
        Objects.requireNonNull(condition, "condition");
        ThrowingFunction<T, @Nullable T, Throwable> function = element -> condition.apply(element) ? element : null;
        return this.<T>with(Kind.FILTER, name, function).change(stage -> stage.resource = condition);
    }

    /**
     * Adds a stage that turns each element into any number of others. They are passed on as they are iterated over, and
     * a result that is {@link AutoCloseable}, such as a {@link java.nio.file.DirectoryStream}, is closed after that. An
     * element on which the function, the iteration or the close fails is subject to the error policy as a whole, even
     * if some of its results have been passed on.
     *
     * @param name the stage's name
     * @param function what to do
     * @param <R> the type of the results
     * @return the longer pipeline
     */
    public <R> Pipeline<R> flatMap(
            String name, ThrowingFunction<? super T, ? extends Iterable<? extends R>, ?> function) {
        return with(Kind.FLAT_MAP, name, function);
    }

    /**
     * Adds a stage that turns each element into another, several at once, and passes each on as soon as it is done.
     *
     * @param name the stage's name
     * @param parallelism how many at once, at least 1
     * @param function what to do
     * @param <R> the type of the results
     * @return the longer pipeline
     * @throws IllegalArgumentException if {@code parallelism} is below 1
     */
    public <R> Pipeline<R> mapParallel(
            String name, int parallelism, ThrowingFunction<? super T, ? extends R, ?> function) {
        return parallel(name, parallelism, Order.UNORDERED, function);
    }

    /**
     * Adds a stage that turns each element into another, several at once, and passes the results on in the order of the
     * elements. Behind a slow one, the workers go on until a buffer of results waits, or one each if that is more.
     *
     * @param name the stage's name
     * @param parallelism how many at once, at least 1
     * @param function what to do
     * @param <R> the type of the results
     * @return the longer pipeline
     * @throws IllegalArgumentException if {@code parallelism} is below 1
     */
    public <R> Pipeline<R> mapParallelOrdered(
            String name, int parallelism, ThrowingFunction<? super T, ? extends R, ?> function) {
        return parallel(name, parallelism, Order.ORDERED, function);
    }

    /**
     * Adds a stage that turns each element into another, several at once but those with equal keys one after the other,
     * in their order. There may be any number of keys: a worker belongs to a key only while it works on one of its
     * elements, and elements whose key is being worked on do not hold up the others until a buffer of them waits. An
     * element whose key fails, in its {@code hashCode} and {@code equals} too, is subject to the error policy. A key
     * that changes while its element is worked on fails the pipeline.
     *
     * @param name the stage's name
     * @param parallelism how many at once, at least 1
     * @param key the key of an element, which is not null; called for one element at a time
     * @param function what to do
     * @param <R> the type of the results
     * @return the longer pipeline
     * @throws IllegalArgumentException if {@code parallelism} is below 1
     */
    public <R> Pipeline<R> mapParallelByKey(
            String name,
            int parallelism,
            ThrowingFunction<? super T, ?, ?> key,
            ThrowingFunction<? super T, ? extends R, ?> function) {
        Objects.requireNonNull(key, "key");
        return this.<R>parallel(name, parallelism, Order.BY_KEY, function)
                .change(stage -> stage.key = StageSpec.untyped(key));
    }

    /**
     * Adds a stage that gathers elements into unmodifiable lists: of the size, or smaller when the first element of a
     * list has waited for the given time, and at the end. Its name is {@code batch}, until {@link #named} gives it
     * another.
     *
     * @param size how many elements in a list at most, at least 1
     * @param wait how long an element waits for its list to fill, positive
     * @return the longer pipeline
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public Pipeline<List<T>> batch(int size, Duration wait) {
        Checks.positive(size, "size");
        Checks.positive(wait, "wait");
        return with(stage(Kind.BATCH, "batch", stage -> {
            stage.batchSize = size;
            stage.sizeNanos = clamped(wait);
        }));
    }

    /**
     * Adds a stage that gathers the elements of each period into an unmodifiable list, by the time at which they reach
     * the stage, and passes it on when the period is over; the first period begins when the pipeline does. Nothing is
     * passed on for a period without elements, and at the end what there is. A list is as long as its period has
     * elements. The stage's name is {@code window}, until {@link #named} gives it another.
     *
     * @param size how long a period is, positive
     * @return the longer pipeline
     * @throws IllegalArgumentException if {@code size} is not positive
     */
    public Pipeline<List<T>> window(Duration size) {
        return window(size, size);
    }

    /**
     * Adds a stage that gathers the elements of overlapping periods, one of which is over after each slide; an element
     * is in every list whose period it belongs to. Otherwise as {@link #window(Duration)}.
     *
     * @param size how long a period is, positive
     * @param slide how long after one the next is over, positive and not longer than the size
     * @return the longer pipeline
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public Pipeline<List<T>> window(Duration size, Duration slide) {
        Checks.positive(size, "size");
        Checks.positive(slide, "slide");
        if (slide.compareTo(size) > 0) {
            throw new IllegalArgumentException("slide must not be longer than size " + size + ", but is " + slide);
        }
        return with(stage(Kind.WINDOW, "window", stage -> {
            stage.sizeNanos = clamped(size);
            stage.slideNanos = clamped(slide);
        }));
    }

    /** A century at most, so that a time plus this is later than the time. */
    private static long clamped(Duration duration) {
        return Math.min(Checks.saturatedNanos(duration), Long.MAX_VALUE / 3);
    }

    /**
     * Goes on in several branches, each of which gets every element. The slowest holds up the others. This is a stage
     * named {@code broadcast}.
     *
     * @return the branches to be
     */
    public Split<T> broadcast() {
        return new Split<>(this, stage(Kind.BROADCAST, "broadcast", stage -> {}));
    }

    /**
     * Goes on in several branches, of which each element goes to one: elements with equal keys to the same, number
     * {@code key.hashCode() mod branches}. A branch that is full holds up the others. This is a stage named
     * {@code partition}; if the key of an element fails, so does the pipeline.
     *
     * @param key the key of an element, which is not null
     * @return the branches to be
     */
    public Split<T> partitionBy(ThrowingFunction<? super T, ?, ?> key) {
        Objects.requireNonNull(key, "key");
        return new Split<>(this, stage(Kind.PARTITION, "partition", stage -> {
            stage.function = StageSpec.untyped(key);
            stage.resource = key;
        }));
    }

    /**
     * Goes on in several branches, of which each element goes to the one with the fewest waiting elements. This is a
     * stage named {@code balance}.
     *
     * @return the branches to be
     */
    public Split<T> balance() {
        return new Split<>(this, stage(Kind.BALANCE, "balance", stage -> {}));
    }

    /**
     * The name of the stage before, or of the source.
     *
     * @param name the name
     * @return the changed pipeline
     * @throws IllegalStateException if there are several before, or none in this branch
     */
    public Pipeline<T> named(String name) {
        Objects.requireNonNull(name, "name");
        return change(stage -> stage.name = name);
    }

    /**
     * Acknowledges elements to the source: reports each element such that it and all before it are done with, in the
     * order in which they were read, whichever overtook which on the way. Done with is what a sink has taken, a filter
     * or an error policy has left out, or a dead-letter handler has got; so is everything that was made of it. If
     * several have become so at once, only the last of them is reported. After a failure or abort, a source that begins
     * again behind the last that was reported loses nothing, and repeats some: delivery at least once. The elements
     * behind one that is stuck are remembered, some 50 bytes each, until it is done with: give a stage that may hang a
     * {@link #timeout}.
     *
     * @param listener gets the last element that is done with; called in a worker that finished, once at a time, and
     *     not interrupted when the pipeline is stopped. If it throws, the pipeline fails
     * @return the changed pipeline
     * @throws IllegalStateException if this is not directly after {@link #from(Iterable)}
     */
    @SuppressWarnings("unchecked") // the elements of the source are what this pipeline has so far
    public Pipeline<T> acknowledging(Consumer<? super T> listener) {
        Objects.requireNonNull(listener, "listener");
        if (ends.size() > 1 || ends.getFirst().from().kind != Kind.SOURCE) {
            throw new IllegalStateException("acknowledging belongs directly after the source");
        }
        return change(stage -> stage.acknowledge = (Consumer<Object>) listener);
    }

    /**
     * The clock of batches, windows, timeouts and metrics; {@link TimeSource#system()} by default.
     *
     * @param time the clock
     * @return the changed pipeline
     */
    public Pipeline<T> timeSource(TimeSource time) {
        return new Pipeline<>(ends, Objects.requireNonNull(time, "time"));
    }

    /**
     * Ends with something that takes the elements, one after the other.
     *
     * @param name the name of this last stage
     * @param sink what takes them
     * @return a pipeline that can be started
     */
    public Complete to(String name, ThrowingConsumer<? super T, ?> sink) {
        return toParallel(name, 1, sink);
    }

    /**
     * Ends with something that takes the elements, several at once. For one that takes many at a time, {@link #batch}
     * before it.
     *
     * @param name the name of this last stage
     * @param parallelism how many at once, at least 1
     * @param sink what takes them
     * @return a pipeline that can be started
     * @throws IllegalArgumentException if {@code parallelism} is below 1
     */
    public Complete toParallel(String name, int parallelism, ThrowingConsumer<? super T, ?> sink) {
        Checks.positive(parallelism, "parallelism");
        Objects.requireNonNull(sink, "sink");
        ThrowingFunction<T, Boolean, Throwable> function = element -> {
            sink.accept(element);
            return true;
        };
        return complete(this.<T>with(Kind.SINK, name, function).change(stage -> {
            stage.workers = parallelism;
            stage.resource = sink;
        }));
    }

    /**
     * Ends with something that takes each element, usually a batch, in a transaction.
     *
     * @param name the name of this last stage
     * @param sink what takes them, one after the other
     * @return a pipeline that can be started
     */
    public Complete toTransactional(String name, TransactionalSink<? super T> sink) {
        Objects.requireNonNull(sink, "sink");
        AutoCloseable closing = sink::close;
        @SuppressWarnings("unchecked") // the stages before give what it takes
        TransactionalSink<Object> untyped = (TransactionalSink<Object>) sink;
        return complete(with(stage(Kind.SINK, name, stage -> {
            stage.transactional = untyped;
            stage.resource = closing;
        })));
    }

    private static Complete complete(Pipeline<?> pipeline) {
        return new Complete(List.of(pipeline.ends.getFirst().from()), pipeline.time, List.of());
    }

    /** A whole pipeline, with one sink or several. Immutable. */
    public static final class Complete extends StageSettings<Complete> {
        final List<StageSpec> sinks;
        final List<StageListener> listeners;
        private final TimeSource time;

        Complete(List<StageSpec> sinks, TimeSource time, List<StageListener> listeners) {
            this.sinks = List.copyOf(sinks);
            this.time = time;
            this.listeners = List.copyOf(listeners);
        }

        @Override
        StageSpec current() {
            if (sinks.size() > 1) {
                throw new IllegalStateException("there are several sinks; change each where its branch ends");
            }
            return sinks.getFirst();
        }

        @Override
        Complete changeCurrent(Consumer<StageSpec> change) {
            return new Complete(List.of(current().with(change)), time, listeners);
        }

        private Complete with(StageListener listener) {
            List<StageListener> more = new ArrayList<>(listeners);
            more.add(listener);
            return new Complete(sinks, time, more);
        }

        /**
         * Reports the metrics of all stages at intervals while the pipeline runs, and when it has ended, before
         * {@link RunningPipeline#awaitCompletion()} returns. If the listener throws, that is logged.
         *
         * @param every the interval, positive
         * @param listener gets the metrics; called in a platform thread of its own
         * @return the changed pipeline
         * @throws IllegalArgumentException if {@code every} is not positive
         */
        public Complete onProgress(Duration every, Consumer<? super List<StageMetrics>> listener) {
            Checks.positive(every, "every");
            Objects.requireNonNull(listener, "listener");
            return with(StageListener.progress(every, listener));
        }

        /**
         * Reports a stage in which nothing has moved for the given time although its workers have elements in hand and
         * wait for no other stage; later by up to a quarter of the time, and once until something moves. It is logged
         * at WARN, too. A source that has nothing to give does not count. If the listener throws, that is logged.
         *
         * @param after how long nothing has moved, positive
         * @param listener gets the stage's metrics; called in a platform thread of its own
         * @return the changed pipeline
         * @throws IllegalArgumentException if {@code after} is not positive
         */
        public Complete onStall(Duration after, Consumer<? super StageMetrics> listener) {
            Checks.positive(after, "after");
            Objects.requireNonNull(listener, "listener");
            return with(StageListener.stall(after, listener));
        }

        /**
         * Starts the pipeline's workers, with the logging context of the current thread.
         *
         * @return the running pipeline
         * @throws IllegalStateException if a part of the pipeline is used twice, or a branch leads nowhere
         */
        public RunningPipeline start() {
            return new RunningPipeline(sinks, time, listeners);
        }

        /**
         * The sinks.
         *
         * @return for instance {@code Pipeline.Complete[into store]}
         */
        @Override
        public String toString() {
            return "Pipeline.Complete[into " + names(sinks.stream()) + "]";
        }
    }

    /**
     * The stages that it ends with so far.
     *
     * @return for instance {@code Pipeline[up to parse]}
     */
    @Override
    public String toString() {
        return "Pipeline[up to " + names(ends.stream().map(Outlet::from)) + "]";
    }

    private static String names(Stream<StageSpec> stages) {
        return stages.map(stage -> stage.name).collect(Collectors.joining(", "));
    }
}
