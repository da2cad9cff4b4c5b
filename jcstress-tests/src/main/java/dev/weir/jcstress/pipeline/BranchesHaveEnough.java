package dev.weir.jcstress.pipeline;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Two branches have enough at the same time; that stops their source, which does not end by itself. */
@JCStressTest
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "both took one element, and the pipeline has completed")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element too few or too many; a hang if the source is not stopped")
@State
public class BranchesHaveEnough {
    private final Channel<Integer> source = Channel.unbounded();
    private final RunningPipeline running = Pipeline.from(source)
            .broadcast()
            .into(
                    branch -> branch.take(1).to("one", element -> {}),
                    branch -> branch.take(1).to("other", element -> {}))
            .start();

    @Actor
    public void send() {
        source.trySend(1);
    }

    @Actor
    public void await() {
        Uninterrupted.run(running::awaitCompletion);
    }

    @Arbiter
    public void look(JJ_Result result) {
        result.r1 = out("one");
        result.r2 = out("other");
    }

    private long out(String sink) {
        return running.metrics().stream()
                .filter(stage -> stage.name().equals(sink))
                .findFirst()
                .orElseThrow()
                .out();
    }
}
