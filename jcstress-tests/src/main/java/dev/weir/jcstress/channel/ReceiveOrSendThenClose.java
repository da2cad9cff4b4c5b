package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A thread begins to wait for an element while one is sent and the channel is closed at once. */
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "what was sent before the close is received after it")
@Outcome(id = "-1", expect = Expect.FORBIDDEN, desc = "the close overtook the element")
@Outcome(expect = Expect.FORBIDDEN, desc = "not the element that was sent")
@State
public class ReceiveOrSendThenClose {
    private final Channel<Integer> channel = Channel.bounded(1);

    @Actor
    public void receive(I_Result result) {
        try {
            result.r1 = Uninterrupted.get(channel::receive);
        } catch (ChannelClosedException tooEarly) {
            result.r1 = -1;
        }
    }

    @Actor
    public void sendAndClose() {
        channel.trySend(1);
        channel.close();
    }
}
