package dev.weir.jcstress.pipeline;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** Two workers finish elements in any order, whose receipts are told up to the last that is contiguous. */
@JCStressTest
@Outcome(
        id = {"[1, 2]", "[2]"},
        expect = Expect.ACCEPTABLE,
        desc = "in order, the last one at the end")
@Outcome(expect = Expect.FORBIDDEN, desc = "told too late, twice or backwards")
@State
public class AcknowledgedUpToTheLast {

    private final Channel<Integer> source = Channel.bounded(2);
    private final List<Integer> told = new ArrayList<>();
    private final RunningPipeline running = Pipeline.from(source)
            .acknowledging(told::add)
            .toParallel("sink", 2, element -> {})
            .start();

    @Actor
    public void send() {
        source.trySend(1);
        source.trySend(2);
        source.close();
    }

    @Actor
    public void await() {
        Uninterrupted.run(running::awaitCompletion);
    }

    @Arbiter
    public void told(L_Result result) {
        result.r1 = told.toString();
    }
}
