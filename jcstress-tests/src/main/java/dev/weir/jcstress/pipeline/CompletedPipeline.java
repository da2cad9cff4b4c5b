package dev.weir.jcstress.pipeline;

import dev.weir.jcstress.Uninterrupted;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.pipeline.StageMetrics;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** What a pipeline that has completed has done with its elements. */
final class CompletedPipeline {
    private CompletedPipeline() {}

    /** Waits for the end; then how many elements came through, and for how many no stage accounts. */
    static void account(RunningPipeline running, JJ_Result result) {
        Uninterrupted.run(running::awaitCompletion);
        result.r1 = running.metrics().getLast().out();
        for (StageMetrics stage : running.metrics()) {
            result.r2 += Math.abs(stage.in() - stage.out()) + stage.queued();
        }
    }
}
