package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.SendResult;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZII_Result;

/**
 * A thread that has sent to linked segments receives, while another sends: something is in, though the place before its
 * own may be claimed by the other and not published.
 */
@JCStressTest
@Outcome(id = "true, 1, 2", expect = Expect.ACCEPTABLE, desc = "the other was first")
@Outcome(id = "true, 2, 1", expect = Expect.ACCEPTABLE, desc = "its own was first")
@Outcome(expect = Expect.FORBIDDEN, desc = "nothing was in, or something else")
@State
public class LinkedSentIsReceived {
    private final Channel<Integer> channel = Channel.unbounded();

    @Actor
    public void send(ZII_Result result) {
        result.r1 = channel.trySend(1) == SendResult.SENT;
    }

    @Actor
    public void sendAndReceive(ZII_Result result) {
        SendResult unused = channel.trySend(2);
        result.r2 = channel.tryReceive().orElse(0);
    }

    @Arbiter
    public void rest(ZII_Result result) {
        result.r3 = channel.tryReceive().orElse(0);
    }
}
