package dev.weir.jcstress.pipeline;

import dev.weir.channel.Channel;
import dev.weir.channel.SendResult;
import dev.weir.core.Deadline;
import dev.weir.jcstress.Uninterrupted;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJJ_Result;

/** A pipeline is drained, which interrupts the wait for its source, just as the source gets an element. */
@JCStressTest
@Outcome(id = "true, 1, 0", expect = Expect.ACCEPTABLE, desc = "the element was taken, and came through")
@Outcome(
        id = "true, 0, 1",
        expect = Expect.ACCEPTABLE,
        desc = "the element is still in the source, or it was closed before")
@Outcome(id = "true, 0, 0", expect = Expect.FORBIDDEN, desc = "the element is lost")
@Outcome(expect = Expect.FORBIDDEN, desc = "the element is twice, or a drain without a deadline has aborted")
@State
public class DrainOrNextElement {
    private final Channel<Integer> source = Channel.bounded(1);
    private final RunningPipeline running =
            Pipeline.from(source).to("sink", element -> {}).start();
    private boolean refused;

    @Actor
    public void send() {
        refused = source.trySend(1) == SendResult.CLOSED; // the end of the pipeline closes its source
    }

    @Actor
    public void drain(ZJJ_Result result) {
        result.r1 = Uninterrupted.get(() -> running.drain(Deadline.never()));
    }

    @Arbiter
    public void look(ZJJ_Result result) {
        result.r2 = running.metrics().getLast().out();
        result.r3 = refused ? 1 : source.size();
    }
}
