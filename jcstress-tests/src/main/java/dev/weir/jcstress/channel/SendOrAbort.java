package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A thread waits for room and gets some just before the channel is aborted. */
@JCStressTest
@Outcome(id = "true, 2", expect = Expect.ACCEPTABLE, desc = "sent, and so it is handed back by the abort")
@Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "refused, and so the sender still has it")
@Outcome(id = "true, 0", expect = Expect.FORBIDDEN, desc = "sent, and neither received nor handed back")
@Outcome(id = "false, 2", expect = Expect.FORBIDDEN, desc = "refused, and handed back as well")
@Outcome(expect = Expect.FORBIDDEN, desc = "handed back twice, or after it had been received")
@State
public class SendOrAbort {
    private final Channel<Integer> channel = Channel.bounded(1);

    public SendOrAbort() {
        channel.trySend(1);
    }

    @Actor
    public void send(ZI_Result result) {
        try {
            Uninterrupted.run(() -> channel.send(2));
            result.r1 = true;
        } catch (ChannelClosedException refused) {
            result.r1 = false;
        }
    }

    @Actor
    public void receiveAndAbort(ZI_Result result) {
        channel.tryReceive();
        result.r2 = channel.abort().stream().mapToInt(element -> element).sum();
    }
}
