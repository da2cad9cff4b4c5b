package dev.weir.pipeline;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.time.TimeSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * A {@link Pipeline} that is about to go on in several branches: by {@link Pipeline#broadcast},
 * {@link Pipeline#partitionBy} or {@link Pipeline#balance}.
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="branches"}
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
 *
 * @param <T> the type of the elements
 */
public final class Split<T> {
    private final Pipeline<T> pipeline;
    private final StageSpec stage;

    Split(Pipeline<T> pipeline, StageSpec stage) {
        this.pipeline = pipeline;
        this.stage = stage;
    }

    /**
     * Goes on in branches that end in sinks of their own.
     *
     * @param branches each makes of the start of a branch a whole pipeline
     * @return all of it, to be started
     * @throws IllegalArgumentException if there is no branch
     * @throws IllegalStateException if a branch was given a {@link Pipeline#timeSource} of its own
     */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final Pipeline.Complete into(Function<? super Pipeline<T>, Pipeline.Complete>... branches) {
        List<Pipeline.Complete> ends = apply(Checks.noneNull(branches, "branches"), false);
        ends.forEach(end -> requireSameClock(end.time));
        return new Pipeline.Complete(
                ends.stream().flatMap(end -> end.sinks.stream()).toList(),
                pipeline.context.time(),
                Pipeline.Complete.CLOSE_TIMEOUT,
                Contexts.byDefault(),
                ends.stream().flatMap(end -> end.listeners.stream()).toList(),
                null);
    }

    /**
     * Goes on in branches that meet again: what comes next gets the elements of all, as they come.
     *
     * @param branches each adds stages to the start of a branch, or none
     * @param <R> the type of the results
     * @return the pipeline where they meet
     * @throws IllegalArgumentException if there is no branch
     * @throws IllegalStateException if a branch was given a {@link Pipeline#timeSource} of its own
     */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final <R> Pipeline<R> through(Function<? super Pipeline<T>, ? extends Pipeline<? extends R>>... branches) {
        List<Function<? super Pipeline<T>, ? extends Pipeline<? extends R>>> all =
                Checks.noneNull(branches, "branches");
        return merged(apply(all, false));
    }

    /**
     * Goes on in equal branches that meet again. The names of their stages end in the number of the branch, such as
     * {@code fetch#2}.
     *
     * @param count how many, at least 1
     * @param branch adds stages to the start of a branch; it is called once for each
     * @param <R> the type of the results
     * @return the pipeline where they meet
     * @throws IllegalArgumentException if there is no branch
     * @throws IllegalStateException if a branch was given a {@link Pipeline#timeSource} of its own
     */
    public <R> Pipeline<R> through(int count, Function<? super Pipeline<T>, ? extends Pipeline<? extends R>> branch) {
        Objects.requireNonNull(branch, "branch");
        return merged(apply(Collections.nCopies(Math.max(0, count), branch), true));
    }

    private <R> Pipeline<R> merged(List<? extends Pipeline<? extends R>> ends) {
        ends.forEach(end -> requireSameClock(end.context.time()));
        return Pipeline.merge(ends, pipeline.context);
    }

    private void requireSameClock(TimeSource time) {
        if (time != pipeline.context.time()) {
            throw new IllegalStateException("a branch has a time source of its own, which cannot take effect");
        }
    }

    private <E> List<E> apply(List<? extends Function<? super Pipeline<T>, ? extends E>> branches, boolean equal) {
        if (branches.isEmpty()) {
            throw new IllegalArgumentException("branches must be at least 1, but is 0");
        }
        StageSpec splitting = stage.with(copy -> copy.outlets = branches.size());
        List<E> ends = new ArrayList<>();
        for (int branch = 0; branch < branches.size(); branch++) {
            BuildContext context = equal ? pipeline.context.branch(branch + 1) : pipeline.context;
            Pipeline<T> start = new Pipeline<>(List.of(new StageSpec.Outlet(splitting, branch)), context);
            ends.add(Objects.requireNonNull(branches.get(branch).apply(start), "a branch is null"));
        }
        return ends;
    }

    /**
     * The stage that splits.
     *
     * @return for instance {@code Split[broadcast]}
     */
    @Override
    public String toString() {
        return "Split[" + stage.name + "]";
    }
}
