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

/**
 * Two of three workers of a stage become superfluous while elements come and end. A worker that was woken for an
 * element and retires sees to it that another one takes the element.
 */
@JCStressTest
@Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "both elements came through, and the pipeline has completed")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element was lost; a hang if all retire, or one of two that wait sleeps")
@State
public class WorkersRetireOrEnd {
    private final Channel<Integer> source = Channel.bounded(2);
    private final RunningPipeline running = Pipeline.from(source)
            .mapParallelOrdered("map", 3, element -> element)
            .to("sink", element -> {})
            .start();

    @Actor
    public void end() {
        source.trySend(1);
        source.trySend(2);
        source.close();
    }

    @Actor
    public void retire() {
        running.parallelism("map", 1);
    }

    @Arbiter
    public void account(JJ_Result result) {
        CompletedPipeline.account(running, result);
    }
}
