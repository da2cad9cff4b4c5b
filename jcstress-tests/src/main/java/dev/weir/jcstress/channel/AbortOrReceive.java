package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Elements are received while the channel is aborted. */
@JCStressTest
@Outcome(id = "0, 12", expect = Expect.ACCEPTABLE, desc = "the abort took both")
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "one was received, and the other handed back")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element was lost or came twice, or the order was broken")
@State
public class AbortOrReceive {
    private final Channel<Integer> channel = Channel.bounded(2);

    public AbortOrReceive() {
        channel.trySend(1);
        channel.trySend(2);
    }

    @Actor
    public void receive(II_Result result) {
        try {
            result.r1 = channel.tryReceive().orElse(0);
        } catch (dev.weir.channel.ChannelClosedException aborted) {
            result.r1 = 0;
        }
    }

    @Actor
    public void abort(II_Result result) {
        result.r2 = channel.abort().stream().reduce(0, (digits, element) -> digits * 10 + element);
    }
}
