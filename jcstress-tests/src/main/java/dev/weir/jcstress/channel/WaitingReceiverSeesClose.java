package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** A thread that has been waiting for an element for a while is woken by the close of the channel. */
@JCStressTest(Mode.Termination)
@Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "the receiver was told that the channel is closed")
@Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the receiver waits for ever")
@State
public class WaitingReceiverSeesClose {
    private final Channel<String> channel = Channel.bounded(1);

    @Actor
    public void receive() {
        try {
            throw new AssertionError("received " + Uninterrupted.get(channel::receive) + ", which nobody sent");
        } catch (ChannelClosedException expected) {
            // the end of the wait
        }
    }

    @Signal
    public void close() {
        channel.close();
    }
}
