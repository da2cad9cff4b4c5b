package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelMetrics;
import dev.weir.channel.WhenFull;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A channel's metrics are read while it drops an element to make room: nothing seems to have been received. */
@JCStressTest
@Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "one was dropped, and none received")
@Outcome(expect = Expect.FORBIDDEN, desc = "the dropped element was counted as received, or not at all")
@State
public class CountedOrDropped {
    private final Channel<Integer> channel =
            Channel.<Integer>builder(1).whenFull(WhenFull.DROP_OLDEST).build();

    public CountedOrDropped() {
        channel.trySend(1);
    }

    @Actor
    public void send() {
        channel.trySend(2);
    }

    @Actor
    public void look(III_Result result) {
        result.r1 = (int) channel.metrics().received();
    }

    @Arbiter
    public void lookAgain(III_Result result) {
        ChannelMetrics end = channel.metrics();
        result.r2 = (int) end.dropped();
        result.r3 = (int) end.received();
    }
}
