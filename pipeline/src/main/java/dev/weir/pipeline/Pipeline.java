package dev.weir.pipeline;

import dev.weir.channel.Channel;
import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.time.TimeSource;
import dev.weir.pipeline.StageSpec.Kind;
import dev.weir.pipeline.StageSpec.Order;
import dev.weir.pipeline.StageSpec.Outlet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
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
 * <p><b>Context.</b> Functions, sources, sinks and listeners have what is {@linkplain Complete#context carried} from
 * the thread that starts the pipeline, and inherit nothing else; what a function leaves is not seen with the next
 * element. With {@link #fromCarried}, each element has the context of the thread that sent it, up to the sink. Virtual
 * threads do not keep the JVM alive, platform threads do: a program whose main thread has nothing else to do waits in
 * {@link RunningPipeline#awaitCompletion()}.
 *
 * <p><b>Interruption.</b> When the pipeline fails or is aborted its workers are interrupted; a function that ignores
 * that delays the end. An {@link InterruptedException} that a function throws of its own accord is a failure like any
 * other. Roll-backs, acknowledgements and what is closed run without that interrupt. <b>Memory effects.</b> What a
 * stage does with an element happens-before what the next one does with the result, and all of it happens-before the
 * return of {@link RunningPipeline#awaitCompletion()}. <b>Thread-safety.</b> A description is immutable, and may be
 * started by several threads, each time as a pipeline of its own, as long as its sources and functions bear it.
 * <b>Blocking.</b> A worker waits while the buffer behind its stage is full, or that before it empty; building and
 * starting do not wait. <b>Fairness.</b> None: which worker of a stage gets an element is left to the scheduler.
 *
 * @param <T> the type of the elements that have come this far
 */
public final class Pipeline<T> extends StageSettings<Pipeline<T>> {
    final List<Outlet> ends;
    final BuildContext context;

    Pipeline(List<Outlet> ends, BuildContext context) {
        this.ends = List.copyOf(ends);
        this.context = context;
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

    /**
     * Begins with elements that were sent with the context of the thread that sends them: each stage and sink works on
     * an element, and on what comes of it, in that context. A list that a batch or a window makes of several elements
     * has the context of none, and so that of the pipeline.
     *
     * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="carried"}
     *
     * @param source the elements, otherwise as those of {@link #from(Iterable)}
     * @param <T> the type of what is carried
     * @return a pipeline without stages
     */
    public static <T> Pipeline<T> fromCarried(Iterable<? extends Carried<? extends T>> source) {
        Objects.requireNonNull(source, "source");
        return from(
                stage -> {
                    stage.elements = source;
                    stage.carried = true;
                },
                source);
    }

    private static <T> Pipeline<T> from(Consumer<StageSpec> elements, Object resource) {
        StageSpec source = new StageSpec(Kind.SOURCE, "source", List.of()).with(stage -> {
            elements.accept(stage);
            stage.resource = resource;
        });
        return new Pipeline<>(List.of(new Outlet(source, 0)), BuildContext.INITIAL);
    }

    /**
     * Several pipelines become one: what comes next gets the elements of all, as they come, and ends when all have. The
     * clock and the defaults are those of the first.
     *
     * @param pipelines at least one; none may be used elsewhere, too
     * @param <T> the type of their elements
     * @return the pipeline where they meet
     * @throws IllegalArgumentException if there is none
     */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public static <T> Pipeline<T> merge(Pipeline<? extends T>... pipelines) {
        List<Pipeline<? extends T>> all = Checks.noneNull(pipelines, "pipelines");
        if (all.isEmpty()) {
            throw new IllegalArgumentException("pipelines must be at least 1, but is 0");
        }
        return merge(all, all.getFirst().context);
    }

    static <T> Pipeline<T> merge(List<? extends Pipeline<? extends T>> pipelines, BuildContext context) {
        return new Pipeline<>(
                pipelines.stream().flatMap(pipeline -> pipeline.ends.stream()).toList(), context);
    }

    /** A stage whose name is its own unless it is named, and which calls no function. */
    private StageSpec stage(Kind kind, String name, Consumer<StageSpec> settings) {
        return new StageSpec(kind, name + context.suffix(), ends).with(settings).with(context.defaults()::applyTo);
    }

    /** A stage that calls a function. */
    private StageSpec stage(
            Kind kind, String name, ThrowingFunction<? super T, ?, ?> function, Consumer<StageSpec> settings) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(function, "function");
        return stage(kind, name, stage -> {
            stage.named = true;
            stage.callsFunction = true;
            stage.function = StageSpec.untyped(function);
            stage.resource = function;
            settings.accept(stage);
        });
    }

    private <R> Pipeline<R> with(StageSpec stage) {
        return new Pipeline<>(List.of(new Outlet(stage, 0)), context);
    }

    private <R> Pipeline<R> parallel(
            String name, int parallelism, Order order, ThrowingFunction<? super T, ? extends R, ?> function) {
        Checks.positive(parallelism, "parallelism");
        return with(stage(Kind.MAP, name, function, stage -> {
            stage.workers = parallelism;
            stage.parallel = true;
            stage.order = order;
        }));
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
        return with(stage(Kind.MAP, name, function, stage -> {}));
    }

    /**
     * Adds a stage that passes on the elements of which the condition is true. The others count as filtered.
     *
     * @param name the stage's name
     * @param condition which elements to keep
     * @return the longer pipeline
     */
    public Pipeline<T> filter(String name, ThrowingFunction<? super T, Boolean, ?> condition) {
        Objects.requireNonNull(condition, "condition");
        ThrowingFunction<T, @Nullable T, Throwable> function = element -> condition.apply(element) ? element : null;
        return with(stage(Kind.FILTER, name, function, stage -> stage.resource = condition));
    }

    /**
     * Adds a stage that passes on the first elements and then ends the pipeline before it, as a normal end: sources
     * that lead nowhere else are stopped as by {@link RunningPipeline#finish()}, and what is on its way from them is
     * left out, without a call of the functions before this stage. Those that run are waited for; a flat map ends
     * between two results. The elements that are left out count as filtered and are not acknowledged, as nobody has
     * done anything with them. The stage's name is {@code take}, until {@link #named} gives it another.
     *
     * <p>Behind the last element that is taken, a source reads at most as many more as the stages up to this one have
     * room for, and one: this stage's buffer, and what those between it and the source hold, see <b>Bounds</b> above.
     * So {@code from(source).take(n).buffer(b)} reads at most {@code n + b + 1} elements.
     *
     * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="take"}
     *
     * @param count how many elements to pass on; not negative
     * @return the longer pipeline
     * @throws IllegalArgumentException if {@code count} is negative
     */
    public Pipeline<T> take(long count) {
        Checks.notNegative(count, "count");
        return with(stage(Kind.TAKE, "take", stage -> stage.limit = count));
    }

    /**
     * Adds a stage that passes on the elements before the first one of which the condition is false, and then ends the
     * pipeline before it as {@link #take} does; that one counts as one that is taken where it says how far a source
     * reads. An element on which the condition fails is subject to the error policy.
     *
     * @param name the stage's name
     * @param condition which elements to keep
     * @return the longer pipeline
     */
    public Pipeline<T> takeWhile(String name, ThrowingFunction<? super T, Boolean, ?> condition) {
        Objects.requireNonNull(condition, "condition");
        ThrowingFunction<T, @Nullable T, Throwable> function = element -> condition.apply(element) ? element : null;
        return with(stage(Kind.TAKE, name, function, stage -> stage.resource = condition));
    }

    /**
     * Adds a stage that turns each element into any number of others. They are passed on as they are iterated over, and
     * a result that is {@link AutoCloseable}, such as a {@link java.nio.file.DirectoryStream}, is closed after that. An
     * element on which the function, the iteration or the close fails is subject to the error policy as a whole, even
     * if some of its results have been passed on.
     *
     * <p>A source that is to be opened anew when it fails, after a backoff, is a decoration of the result:
     *
     * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="restart"}
     *
     * @param name the stage's name
     * @param function what to do
     * @param <R> the type of the results
     * @return the longer pipeline
     */
    public <R> Pipeline<R> flatMap(
            String name, ThrowingFunction<? super T, ? extends Iterable<? extends R>, ?> function) {
        return with(stage(Kind.FLAT_MAP, name, function, stage -> {}));
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
     * Adds a stage that gathers elements into unmodifiable lists as {@link #batch(int, Duration)} does, but of a weight
     * instead of a size. A list is passed on when it has the weight or the next element would make it heavier; an
     * element that is heavier by itself is a list of its own.
     *
     * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="weight"}
     *
     * @param maxWeight what the elements of a list weigh together at most, at least 1
     * @param weigher the weight of an element, such as its bytes; called once for each, in the stage's worker. If it is
     *     negative or the weigher throws, the pipeline fails
     * @param wait how long an element waits for its list to fill, positive
     * @return the longer pipeline
     * @throws IllegalArgumentException if an argument is out of its range
     */
    @SuppressWarnings("unchecked") // the stages before give what it weighs
    public Pipeline<List<T>> batch(long maxWeight, ToLongFunction<? super T> weigher, Duration wait) {
        Checks.positive(maxWeight, "maxWeight");
        Objects.requireNonNull(weigher, "weigher");
        Checks.positive(wait, "wait");
        return with(stage(Kind.BATCH, "batch", stage -> {
            stage.batchSize = maxWeight;
            stage.weigher = (ToLongFunction<Object>) weigher;
            stage.resource = weigher;
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
     * The name of the stage before, or of the source. Names are unique in a pipeline: two stages of one name that were
     * given to them are refused by {@link Complete#start}. Stages that were given none have numbers, such as
     * {@code batch-2}, and those of {@linkplain Split#through(int, java.util.function.Function) equal branches} the
     * number of the branch, such as {@code fetch#2}.
     *
     * @param name the name
     * @return the changed pipeline
     * @throws IllegalStateException if there are several before, or none in this branch
     */
    public Pipeline<T> named(String name) {
        Objects.requireNonNull(name, "name");
        return change(stage -> {
            stage.name = name + context.suffix();
            stage.named = true;
        });
    }

    /**
     * The settings of all stages that are added after this, in branches too; those that are there keep theirs.
     *
     * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="defaults"}
     *
     * @param change changes the defaults so far
     * @return the changed pipeline
     */
    public Pipeline<T> defaults(UnaryOperator<StageDefaults> change) {
        Objects.requireNonNull(change, "change");
        StageDefaults changed = Objects.requireNonNull(change.apply(context.defaults()), "the defaults are null");
        return new Pipeline<>(ends, context.withDefaults(changed));
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
     * @param listener gets the last element that is done with; called in a worker that finished, once at a time. It may
     *     wait, as {@code channel::send} does, and holds up that worker meanwhile; it is not interrupted when the
     *     pipeline is stopped, which it delays for as long as it waits. If it throws, the pipeline fails
     * @return the changed pipeline
     * @throws IllegalStateException if this is not directly after {@link #from(Iterable)}
     */
    @SuppressWarnings("unchecked") // the elements of the source are what this pipeline has so far
    public Pipeline<T> acknowledging(ThrowingConsumer<? super T, ?> listener) {
        Objects.requireNonNull(listener, "listener");
        if (ends.size() > 1 || ends.getFirst().from().kind != Kind.SOURCE) {
            throw new IllegalStateException("acknowledging belongs directly after the source");
        }
        return change(stage -> stage.acknowledge = (ThrowingConsumer<Object, ?>) listener);
    }

    /**
     * The clock of batches, windows, timeouts and metrics; {@link TimeSource#system()} by default. It is one for the
     * whole pipeline: a branch that is given another one is refused where it ends.
     *
     * @param time the clock
     * @return the changed pipeline
     */
    public Pipeline<T> timeSource(TimeSource time) {
        return new Pipeline<>(ends, context.withTime(Objects.requireNonNull(time, "time")));
    }

    /**
     * Ends with something that takes the elements, one after the other.
     *
     * @param name the name of this last stage
     * @param sink what takes them
     * @return a pipeline that can be started
     */
    public Complete to(String name, ThrowingConsumer<? super T, ?> sink) {
        return to(name, 1, false, sink);
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
        return to(name, parallelism, true, sink);
    }

    private Complete to(String name, int workers, boolean parallel, ThrowingConsumer<? super T, ?> sink) {
        Objects.requireNonNull(sink, "sink");
        ThrowingFunction<T, Boolean, Throwable> function = element -> {
            sink.accept(element);
            return true;
        };
        return complete(stage(Kind.SINK, name, function, stage -> {
            stage.workers = workers;
            stage.parallel = parallel;
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
        @SuppressWarnings("unchecked") // the stages before give what it takes
        TransactionalSink<Object> untyped = (TransactionalSink<Object>) sink;
        return complete(stage(Kind.SINK, name, element -> element, stage -> {
            stage.transactional = untyped;
            stage.resource = sink;
        }));
    }

    private Complete complete(StageSpec sink) {
        return new Complete(
                List.of(sink), context.time(), Complete.CLOSE_TIMEOUT, Contexts.byDefault(), List.of(), null);
    }

    /**
     * A whole pipeline, with one sink or several.
     *
     * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
     */
    public static final class Complete extends StageSettings<Complete> {
        static final Duration CLOSE_TIMEOUT = Duration.ofMinutes(1);

        final List<StageSpec> sinks;
        final List<StageListener> listeners;
        final TimeSource time;
        private final Duration closeTimeout;
        private final Contexts contexts;
        private final @Nullable String name;

        Complete(
                List<StageSpec> sinks,
                TimeSource time,
                Duration closeTimeout,
                Contexts contexts,
                List<StageListener> listeners,
                @Nullable String name) {
            this.name = name;
            this.sinks = List.copyOf(sinks);
            this.time = time;
            this.closeTimeout = closeTimeout;
            this.contexts = contexts;
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
            return new Complete(List.of(current().with(change)), time, closeTimeout, contexts, listeners, name);
        }

        private Complete with(StageListener listener) {
            List<StageListener> more = new ArrayList<>(listeners);
            more.add(listener);
            return new Complete(sinks, time, closeTimeout, contexts, more, name);
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
         * How long {@link RunningPipeline#close()} lets what is on its way come through; a minute by default. It is a
         * setting of the whole: one that was made in a branch does not count.
         *
         * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="close"}
         *
         * @param timeout how long, by the pipeline's clock; zero aborts at once
         * @return the changed pipeline
         * @throws IllegalArgumentException if {@code timeout} is negative
         */
        public Complete closeTimeout(Duration timeout) {
            return new Complete(sinks, time, Checks.notNegative(timeout, "timeout"), contexts, listeners, name);
        }

        /**
         * What is carried from the thread that starts the pipeline to all that the pipeline calls, and into the thread
         * of a function with a {@linkplain #timeout timeout}; in place of {@link ContextCarrier#defaults()}. It is a
         * setting of the whole: one that was made in a branch does not count.
         *
         * @param carriers what carries it, installed in this order; none carries nothing
         * @return the changed pipeline
         */
        public Complete context(ContextCarrier... carriers) {
            Contexts own = Contexts.of(Checks.noneNull(carriers, "carriers"));
            return new Complete(sinks, time, closeTimeout, own, listeners, name);
        }

        /**
         * Names the whole pipeline in logs, meters and thread dumps; each stage has a name besides. It is a setting of
         * the whole: one that was made in a branch does not count.
         *
         * @param name the name, which need not be unique; {@code pipeline-} with a number if this is not called
         * @return the changed pipeline
         * @throws IllegalArgumentException if {@code name} is blank
         */
        public Complete name(String name) {
            return new Complete(sinks, time, closeTimeout, contexts, listeners, Name.checked(name));
        }

        /**
         * Starts the pipeline's workers, with what is {@linkplain #context carried} from the current thread.
         *
         * @return the running pipeline
         * @throws IllegalStateException if a part of the pipeline is used twice, two stages are given one name, or a
         *     branch leads nowhere
         */
        public RunningPipeline start() {
            return new RunningPipeline(Name.of("pipeline", name), sinks, time, closeTimeout, contexts, listeners);
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
