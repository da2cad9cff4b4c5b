package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.SendResult;
import dev.weir.jcstress.Uninterrupted;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A sender without a buffer gives up while a receiver comes. */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "sent and received")
@Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "neither")
@Outcome(id = "true, 0", expect = Expect.FORBIDDEN, desc = "sent, and not received")
@Outcome(id = "false, 1", expect = Expect.FORBIDDEN, desc = "received, and the sender has it as well")
@State
public class HandoffOrTimeout {
    private static final Duration SHORT = Duration.ofNanos(500);

    private final Channel<Integer> channel = Channel.rendezvous();

    @Actor
    public void send(ZI_Result result) {
        result.r1 = Uninterrupted.get(() -> channel.trySend(1, SHORT)) == SendResult.SENT;
    }

    @Actor
    public void receive(ZI_Result result) {
        result.r2 = Uninterrupted.get(() -> channel.tryReceive(SHORT)).orElse(0);
    }
}
