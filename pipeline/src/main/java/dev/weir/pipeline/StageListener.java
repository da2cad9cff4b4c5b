package dev.weir.pipeline;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** Who wants to be told of a running pipeline, and when. */
@FunctionalInterface
interface StageListener {
    StageTicker ticker(RunningPipeline pipeline, List<Stage> stages, TimeSource time);

    static StageListener progress(Duration every, Consumer<? super List<StageMetrics>> listener) {
        return (pipeline, stages, time) -> new StageTicker(every, time, () -> listener.accept(pipeline.metrics()));
    }

    static StageListener stall(Duration after, Consumer<? super StageMetrics> listener) {
        return (pipeline, stages, time) -> new StageTicker(
                after.dividedBy(StallWatch.LOOKS).plusNanos(1),
                time,
                new StallWatch(stages, time, Checks.saturatedNanos(after), listener));
    }
}
