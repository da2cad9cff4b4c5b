package dev.weir.jcstress.pipeline;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.pipeline.StageMetrics;
import java.util.concurrent.CancellationException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLJ_Result;

/** A pipeline with one element on its way is aborted while its source ends. The account: in less everything else. */
@JCStressTest
@Outcome(id = "completed, 1, 0", expect = Expect.ACCEPTABLE, desc = "the element came through before the abort")
@Outcome(id = "aborted, [01], 0", expect = Expect.ACCEPTABLE, desc = "the abort came before the end")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element that nobody accounts for, or an end that is not what happened")
@State
public class EndOrAbort {
    private final Channel<Integer> source = Channel.bounded(1);
    private final RunningPipeline running = Pipeline.from(source)
            .mapParallelOrdered("map", 2, element -> element)
            .to("sink", element -> {})
            .start();

    @Actor
    public void end() {
        source.trySend(1);
        source.close();
    }

    @Actor
    public void abort() {
        running.abort();
    }

    @Arbiter
    public void account(LLJ_Result result) {
        try {
            Uninterrupted.run(running::awaitCompletion);
            result.r1 = "completed";
        } catch (CancellationException aborted) {
            result.r1 = "aborted";
        }
        result.r2 = running.metrics().getLast().out();
        for (StageMetrics stage : running.metrics()) {
            result.r3 += Math.abs(stage.in() - stage.out() - stage.undelivered()) + stage.queued();
        }
    }
}
