package dev.weir.jcstress.pipeline;

import dev.weir.channel.Channel;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** A worker joins a stage while the only one that it has comes to the end: the last of them closes what comes next. */
@JCStressTest
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the element came through, and the pipeline has completed")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element was lost; a hang if nobody closes what comes next")
@State
public class WorkersJoinOrEnd {
    private final Channel<Integer> source = Channel.bounded(1);
    private final RunningPipeline running = Pipeline.from(source)
            .mapParallel("map", 1, element -> element)
            .to("sink", element -> {})
            .start();

    @Actor
    public void end() {
        source.trySend(1);
        source.close();
    }

    @Actor
    public void join() {
        running.parallelism("map", 2);
    }

    @Arbiter
    public void account(JJ_Result result) {
        CompletedPipeline.account(running, result);
    }
}
