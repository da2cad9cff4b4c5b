package dev.weir.pipeline;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** A listener of a pipeline that is not started yet: how often it is called, and with what. */
record StageListener(Duration every, CallOf callOf) {
    /** What to call for a pipeline that starts. */
    @FunctionalInterface
    interface CallOf {
        Callbacks.Call of(RunningPipeline pipeline, List<Stage> stages, TimeSource time);
    }

    static StageListener progress(Duration every, Consumer<? super List<StageMetrics>> listener) {
        return new StageListener(every, (pipeline, stages, time) -> () -> listener.accept(pipeline.metrics()));
    }

    static StageListener stall(Duration after, Consumer<? super StageMetrics> listener) {
        return new StageListener(
                after.dividedBy(StallWatch.LOOKS).plusNanos(1),
                (pipeline, stages, time) -> new StallWatch(stages, time, Checks.saturatedNanos(after), listener));
    }

    StageTicker ticker(PipelineRun run, RunningPipeline pipeline, List<Stage> stages, TimeSource time) {
        return new StageTicker(run, every, time, callOf.of(pipeline, stages, time));
    }
}
