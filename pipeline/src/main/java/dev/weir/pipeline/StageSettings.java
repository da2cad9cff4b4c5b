package dev.weir.pipeline;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The settings of a stage that are the same for stages and for sinks.
 *
 * @param <S> the type of the description that is changed
 */
abstract sealed class StageSettings<S> permits Pipeline, Pipeline.Complete, StageDefaults {
    /** An array of references longer than this cannot be allocated, whatever the heap. */
    private static final int MAX_BUFFER = 1 << 30;

    private static final int BYTES_OF_A_REFERENCE = 4;

    StageSettings() {}

    /** The stage that the settings are for; throws IllegalStateException if there is none. */
    abstract StageSpec current();

    /** Changes that stage, of which nobody else knows yet. */
    abstract S changeCurrent(Consumer<StageSpec> change);

    /**
     * How many elements may wait before the stage; 16 by default.
     *
     * @param capacity at least 1, and not more than fit into memory
     * @return the changed pipeline
     * @throws IllegalArgumentException if {@code capacity} is below 1 or cannot be allocated
     * @throws IllegalStateException if there is no stage yet, or there are several
     */
    public final S buffer(int capacity) {
        Checks.positive(capacity, "capacity");
        long max = Math.min(MAX_BUFFER, Runtime.getRuntime().maxMemory() / BYTES_OF_A_REFERENCE);
        if (capacity > max) {
            throw new IllegalArgumentException("capacity must be at most " + max + ", but is " + capacity);
        }
        return changeCurrent(stage -> stage.buffer = capacity);
    }

    /**
     * What happens when the stage fails on an element; {@link ErrorPolicy#failFast} by default.
     *
     * @param policy the policy
     * @return the changed pipeline
     * @throws IllegalStateException if there is no stage yet, there are several, or it is one that calls no function
     *     that could fail, such as a batch or a window
     */
    public final S onError(ErrorPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        requireFunction("an error policy");
        return changeCurrent(stage -> stage.policy = policy);
    }

    /**
     * How long the stage's function may take for an element. After that it is interrupted, and when it has ended the
     * stage has failed on the element with a {@link java.util.concurrent.TimeoutException}. The function then runs on a
     * virtual thread of its own, as {@link dev.weir.core.scope.Timeouts} describes.
     *
     * <p>For a flat map, this limits the function and the iteration over its result together, without the time for
     * which the next stage holds up the results. If the result is no {@link java.util.Collection}, each step of the
     * iteration runs on a virtual thread of its own, too. A transactional sink is rolled back without limit, in the
     * stage's worker.
     *
     * @param timeout how long, positive
     * @return the changed pipeline
     * @throws IllegalArgumentException if {@code timeout} is not positive
     * @throws IllegalStateException if there is no stage yet, there are several, or it is one that calls no function
     *     that could take long, such as a batch or a window
     */
    public final S timeout(Duration timeout) {
        Checks.positive(timeout, "timeout");
        requireFunction("a timeout");
        return changeCurrent(stage -> stage.timeout = timeout);
    }

    /**
     * Runs the stage on platform threads, for work that computes rather than waits. They keep the JVM alive until the
     * pipeline has ended, and virtual threads do not.
     *
     * @return the changed pipeline
     * @throws IllegalStateException if there is no stage yet, or there are several
     */
    public final S onPlatformThreads() {
        return changeCurrent(stage -> stage.platform = true);
    }

    /**
     * Runs the stage's function in an executor of the user's, such as a {@link dev.weir.core.pool.WorkerPool} that is
     * shared with others. For each element the stage's worker hands the function over and waits for it, so at most as
     * many calls as the stage has workers are in the executor. Handing over costs some microseconds for an element.
     *
     * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="executor"}
     *
     * <p>An element that the executor refuses or drops fails, which the stage's error policy is about, as does one
     * whose call the executor interrupts, by a {@link java.util.concurrent.CancellationException}. When the pipeline is
     * stopped, calls that run are interrupted and those that have not begun never do. A {@link #timeout} includes the
     * time in the executor's queue. The steps of an iteration over the result of a flat map that is no
     * {@link java.util.Collection} run there, too, and so do begin, write and commit of a transactional sink. What is
     * called besides the function, such as the key of an element, an error policy's handler or a roll-back, runs in the
     * stage's worker.
     *
     * @param executor runs, rejects or cancels each task; it is not closed with the pipeline
     * @return the changed pipeline
     * @throws IllegalStateException if there is no stage yet, there are several, or it is one that calls no function,
     *     such as a batch or a window
     */
    public final S on(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        requireFunction("an executor");
        return changeCurrent(stage -> stage.executor = executor);
    }

    private void requireFunction(String setting) {
        StageSpec stage = current();
        if (!stage.callsFunction) {
            throw new IllegalStateException(
                    "stage " + stage.name + " calls no function, so " + setting + " cannot take effect");
        }
    }
}
