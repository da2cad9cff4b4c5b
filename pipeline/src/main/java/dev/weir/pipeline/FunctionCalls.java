package dev.weir.pipeline;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.scope.TimeLimit;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Calls user code that does not run in the worker's own thread: under the stage's time limit, each call in a virtual
 * thread of its own; in its executor; or both, and then the time until the executor begins counts, too. The limit is
 * one for all calls for an element; what the worker does between them does not count. The context goes along, as the
 * worker has it. For one thread at a time.
 */
final class FunctionCalls {
    private final PipelineRun pipeline;
    private final String stage;
    private final TimeSource time;
    private final @Nullable Duration timeout;
    private final @Nullable Executor executor;
    private Duration left = Duration.ZERO;

    private FunctionCalls(PipelineRun pipeline, String stage, TimeSource time, StageSpec spec) {
        this.pipeline = pipeline;
        this.stage = stage;
        this.time = time;
        this.timeout = spec.timeout;
        this.executor = spec.executor;
    }

    /** Null if the worker calls the stage's function itself. */
    static @Nullable FunctionCalls of(Stage stage) {
        StageSpec spec = stage.spec;
        return spec.timeout == null && spec.executor == null
                ? null
                : new FunctionCalls(stage.pipeline, stage.name, stage.time, spec);
    }

    /** Calls for a new element. */
    <R extends @Nullable Object> R first(ThrowingSupplier<R, ?> call) throws Throwable {
        if (timeout != null) {
            left = timeout;
        }
        return next(call);
    }

    /** Calls for the same element, with what is left of its time. */
    <R extends @Nullable Object> R next(ThrowingSupplier<R, ?> call) throws Throwable {
        ThrowingSupplier<R, Throwable> ours = () -> begin(call);
        ThrowingSupplier<R, Throwable> placed = executor == null ? ours : () -> in(executor, ours);
        return timeout == null ? placed.get() : timed(placed);
    }

    /** In the thread of the call, which may have come to it only when an abort had interrupted another one. */
    private <R extends @Nullable Object> R begin(ThrowingSupplier<R, ?> call) throws Throwable {
        if (pipeline.isStopped()) {
            throw new CancellationException("the pipeline was stopped");
        }
        return pipeline.within(call);
    }

    private <R extends @Nullable Object> R timed(ThrowingSupplier<R, Throwable> call) throws Throwable {
        if (left.isZero() || left.isNegative()) {
            left = Duration.ofNanos(1);
        }
        long before = time.nanoTime();
        try {
            return TimeLimit.of(left, time).context(pipeline.carriers).<R, Throwable>call(call);
        } finally {
            left = left.minusNanos(time.nanoTime() - before);
        }
    }

    private <R extends @Nullable Object> R in(Executor executor, ThrowingSupplier<R, Throwable> call) throws Throwable {
        try (TaskScope<Throwable> scope = TaskScope.builder()
                .on(executor)
                .named(stage)
                .context(pipeline.carriers)
                .<Throwable>failFast()) {
            Subtask<R> task = scope.fork(call);
            scope.join();
            return task.get();
        }
    }
}
