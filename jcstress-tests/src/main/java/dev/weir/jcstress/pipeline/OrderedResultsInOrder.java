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

/** Two workers of a stage that keeps the order take an element each while a third comes. */
@JCStressTest
@Outcome(id = "[1, 2, 3]", expect = Expect.ACCEPTABLE, desc = "in order")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element overtook another, or got lost")
@State
public class OrderedResultsInOrder {

    private final Channel<Integer> source = Channel.bounded(3);
    private final List<Integer> seen = new ArrayList<>();
    private final RunningPipeline running = Pipeline.from(source)
            .mapParallelOrdered("map", 2, element -> element)
            .to("sink", seen::add)
            .start();

    @Actor
    public void send() {
        source.trySend(1);
        source.trySend(2);
        source.trySend(3);
        source.close();
    }

    @Actor
    public void await() {
        Uninterrupted.run(running::awaitCompletion);
    }

    @Arbiter
    public void order(L_Result result) {
        result.r1 = seen.toString();
    }
}
