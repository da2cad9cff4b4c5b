package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.SendResult;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** An element is sent to linked segments while the channel is closed and emptied: it is in exactly if it was sent. */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "sent before the close, and so it is in")
@Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "refused, and not in")
@Outcome(id = "true, 0", expect = Expect.FORBIDDEN, desc = "accepted, and never delivered")
@Outcome(id = "false, 1", expect = Expect.FORBIDDEN, desc = "refused, and in")
@State
public class LinkedSendOrClose {
    private final Channel<Integer> channel = Channel.unbounded();

    @Actor
    public void send(ZI_Result result) {
        result.r1 = channel.trySend(1) == SendResult.SENT;
    }

    @Actor
    public void closeAndReceive(ZI_Result result) {
        channel.close();
        List<Integer> left = channel.stream().toList();
        result.r2 = left.size();
    }
}
