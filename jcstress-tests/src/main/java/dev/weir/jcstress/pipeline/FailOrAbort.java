package dev.weir.jcstress.pipeline;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.PipelineException;
import dev.weir.pipeline.RunningPipeline;
import java.util.concurrent.CancellationException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LJ_Result;

/** A stage fails on an element while the pipeline is aborted: it ends for one of the two reasons, and has none left. */
@JCStressTest
@Outcome(id = "failed on 1, 1", expect = Expect.ACCEPTABLE, desc = "the failure came first")
@Outcome(id = "aborted, [01]", expect = Expect.ACCEPTABLE, desc = "the abort came first, or the element never came")
@Outcome(expect = Expect.FORBIDDEN, desc = "an end without a reason, or an element that nobody accounts for")
@State
public class FailOrAbort {
    private final Channel<Integer> source = Channel.bounded(1);
    private final RunningPipeline running = Pipeline.from(source)
            .to("sink", element -> {
                throw new IllegalStateException("expected", null);
            })
            .start();

    @Actor
    public void fail() {
        source.trySend(1);
    }

    @Actor
    public void abort() {
        running.abort();
    }

    @Arbiter
    public void end(LJ_Result result) {
        try {
            Uninterrupted.run(running::awaitCompletion);
            result.r1 = "completed";
        } catch (PipelineException failed) {
            result.r1 = "failed on " + failed.element();
        } catch (CancellationException aborted) {
            result.r1 = "aborted";
        }
        result.r2 = running.metrics().getLast().undelivered();
    }
}
