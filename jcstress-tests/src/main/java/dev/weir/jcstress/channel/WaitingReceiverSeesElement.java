package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** A thread that has been waiting for an element for a while is woken by one. */
@JCStressTest(Mode.Termination)
@Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "the receiver got the element")
@Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the receiver waits for ever")
@State
public class WaitingReceiverSeesElement {
    private final Channel<Integer> channel = Channel.bounded(1);

    @Actor
    public void receive() {
        Uninterrupted.get(channel::receive);
    }

    @Signal
    public void send() {
        channel.trySend(1);
    }
}
