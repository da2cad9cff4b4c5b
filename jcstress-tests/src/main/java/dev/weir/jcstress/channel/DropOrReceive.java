package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.SendResult;
import dev.weir.channel.WhenFull;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A sender drops the oldest element to make room while a receiver takes it. */
@JCStressTest
@Outcome(id = "1, 0, 2", expect = Expect.ACCEPTABLE, desc = "received, and so there was room")
@Outcome(id = "2, 1, 0", expect = Expect.ACCEPTABLE, desc = "dropped, and the new one was received")
@Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE, desc = "dropped, and nothing was in until the new one was")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element was lost, or was received and dropped")
@State
public class DropOrReceive {
    private int dropped;
    private final Channel<Integer> channel = Channel.<Integer>builder(1)
            .whenFull(WhenFull.DROP_OLDEST)
            .onUndelivered(element -> dropped += element)
            .build();

    public DropOrReceive() {
        channel.trySend(1);
    }

    @Actor
    public void send() {
        if (channel.trySend(2) != SendResult.SENT) {
            dropped = -1;
        }
    }

    @Actor
    public void receive(III_Result result) {
        result.r1 = channel.tryReceive().orElse(0);
    }

    @Arbiter
    public void look(III_Result result) {
        result.r2 = dropped;
        result.r3 = channel.tryReceive().orElse(0);
    }
}
