package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A thread begins to wait for an element while the channel is closed; a lost wake-up hangs the test. */
@JCStressTest
@Outcome(id = "closed", expect = Expect.ACCEPTABLE, desc = "the receiver was told, before it waited or while it did")
@Outcome(expect = Expect.FORBIDDEN, desc = "there was nothing to receive")
@State
public class ReceiveOrClose {
    private final Channel<String> channel = Channel.bounded(1);

    @Actor
    public void receive(L_Result result) {
        try {
            result.r1 = Uninterrupted.get(channel::receive);
        } catch (ChannelClosedException expected) {
            result.r1 = "closed";
        }
    }

    @Actor
    public void close() {
        channel.close();
    }
}
