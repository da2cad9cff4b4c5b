package dev.weir.pipeline;

import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * Work that goes through stages, each with workers of its own, with a bounded buffer between one and the next: a stage
 * that is too fast waits for the one behind it.
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="pipeline"}
 *
 * <p>This is a description, immutable, to which each method adds; {@link Last#start} runs it. A stage's workers live as
 * long as the stage, on virtual threads unless {@link #onPlatformThreads} says otherwise. A stage with one worker keeps
 * the order of its elements; a parallel one passes each on as soon as it is done. Elements are never null: a function
 * that returns null fails.
 *
 * <p><b>Interruption.</b> When the pipeline fails or is aborted its workers are interrupted; a function that ignores
 * that delays the end. An {@link InterruptedException} that a function throws of its own accord is a failure like any
 * other. <b>Memory effects.</b> What a stage does with an element happens-before what the next one does with the result,
 * and all of it happens-before the return of {@link RunningPipeline#awaitCompletion()}.
 *
 * @param <T> the type of the elements that have come this far
 */
public final class Pipeline<T> {
    private static final int BUFFER = 16;

    final Iterable<?> source;
    final List<StageSpec> stages;
    private final TimeSource time;

    private Pipeline(Iterable<?> source, List<StageSpec> stages, TimeSource time) {
        this.source = source;
        this.stages = List.copyOf(stages);
        this.time = time;
    }

    /**
     * Begins with the elements of an iterable, which may be endless or wait: a {@link Channel} ends the pipeline when it
     * ends. It is read by one thread, when the pipeline is started. A source that is {@link AutoCloseable} is closed
     * when the pipeline ends, however it does.
     *
     * @param source the elements
     * @param <T> their type
     * @return a pipeline without stages
     */
    public static <T> Pipeline<T> from(Iterable<? extends T> source) {
        return new Pipeline<>(Objects.requireNonNull(source, "source"), List.of(), TimeSource.system());
    }

    private <R> Pipeline<R> with(StageSpec stage) {
        List<StageSpec> longer = new ArrayList<>(stages);
        longer.add(stage);
        return new Pipeline<>(source, longer, time);
    }

    private Pipeline<T> changeLast(UnaryOperator<StageSpec> change) {
        if (stages.isEmpty()) {
            throw new IllegalStateException("there is no stage yet");
        }
        List<StageSpec> changed = new ArrayList<>(stages);
        changed.add(change.apply(changed.removeLast()));
        return new Pipeline<>(source, changed, time);
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
        return mapParallel(name, 1, function);
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
        return with(StageSpec.mapping(name, Checks.positive(parallelism, "parallelism"), function, BUFFER));
    }

    /**
     * Adds a stage that gathers elements into lists: of the size, or smaller when the first element of a list has waited
     * for so long, and at the end.
     *
     * @param size how many elements in a list at most, at least 1
     * @param wait how long an element waits for its list to fill, positive
     * @return the longer pipeline
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public Pipeline<List<T>> batch(int size, Duration wait) {
        return with(StageSpec.batching(
                Checks.positive(size, "size"), Checks.saturatedNanos(Checks.positive(wait, "wait")), BUFFER));
    }

    /**
     * How many elements may wait before the last stage; 16 by default.
     *
     * @param capacity at least 1
     * @return the changed pipeline
     * @throws IllegalArgumentException if {@code capacity} is below 1
     * @throws IllegalStateException if there is no stage yet
     */
    public Pipeline<T> buffer(int capacity) {
        Checks.positive(capacity, "capacity");
        return changeLast(stage -> stage.withBuffer(capacity));
    }

    /**
     * What happens when the last stage fails on an element; {@link ErrorPolicy#failFast} by default.
     *
     * @param policy the policy
     * @return the changed pipeline
     * @throws IllegalStateException if there is no stage yet
     */
    public Pipeline<T> onError(ErrorPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        return changeLast(stage -> stage.withPolicy(policy));
    }

    /**
     * Runs the last stage on platform threads, for work that computes rather than waits.
     *
     * @return the changed pipeline
     * @throws IllegalStateException if there is no stage yet
     */
    public Pipeline<T> onPlatformThreads() {
        return changeLast(StageSpec::withPlatformThreads);
    }

    /**
     * The clock of batches and metrics; {@link TimeSource#system()} by default.
     *
     * @param time the clock
     * @return the changed pipeline
     */
    public Pipeline<T> timeSource(TimeSource time) {
        return new Pipeline<>(source, stages, Objects.requireNonNull(time, "time"));
    }

    /**
     * Ends with something that takes the elements, one after the other.
     *
     * @param name the name of this last stage
     * @param sink what takes them
     * @return a pipeline that can be started
     */
    public Last to(String name, ThrowingConsumer<? super T, ?> sink) {
        return new Last(with(StageSpec.sink(name, sink, BUFFER)));
    }

    /** A whole pipeline. Immutable. */
    public static final class Last {
        private final Pipeline<?> pipeline;

        private Last(Pipeline<?> pipeline) {
            this.pipeline = pipeline;
        }

        /**
         * What happens when the sink fails on an element; {@link ErrorPolicy#failFast} by default.
         *
         * @param policy the policy
         * @return the changed pipeline
         */
        public Last onError(ErrorPolicy policy) {
            return new Last(pipeline.onError(policy));
        }

        /**
         * Starts the pipeline's workers.
         *
         * @return the running pipeline
         */
        public RunningPipeline start() {
            return new RunningPipeline(pipeline.source, pipeline.stages, pipeline.time);
        }
    }
}
