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

/** A thread that has been waiting for room for a while is woken by some. */
@JCStressTest(Mode.Termination)
@Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "the sender found room")
@Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the sender waits for ever")
@State
public class WaitingSenderSeesRoom {
    private final Channel<Integer> channel = Channel.bounded(1);

    public WaitingSenderSeesRoom() {
        channel.trySend(1);
    }

    @Actor
    public void send() {
        Uninterrupted.run(() -> channel.send(2));
    }

    @Signal
    public void receive() {
        channel.tryReceive();
    }
}
