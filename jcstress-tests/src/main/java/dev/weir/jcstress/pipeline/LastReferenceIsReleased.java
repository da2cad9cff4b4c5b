package dev.weir.jcstress.pipeline;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * Two workers finish the results of one element at the same time, and the last of them reports that it is done with.
 */
@JCStressTest
@Outcome(id = "[1]", expect = Expect.ACCEPTABLE, desc = "told once")
@Outcome(expect = Expect.FORBIDDEN, desc = "not told, or told twice")
@State
public class LastReferenceIsReleased {
    private static final int RESULTS = 64;

    private final Channel<Integer> source = Channel.bounded(1);
    private final List<Integer> told = new ArrayList<>();
    private final RunningPipeline running = Pipeline.from(source)
            .acknowledging(told::add)
            .flatMap("results", element -> Collections.nCopies(RESULTS, element))
            .toParallel("sink", 2, element -> {})
            .start();

    @Actor
    public void send() {
        source.trySend(1);
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
