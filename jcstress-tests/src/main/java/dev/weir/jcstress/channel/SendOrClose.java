package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import java.util.ArrayList;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/** An element is sent while the channel is closed. */
@JCStressTest
@Outcome(id = "SENT, 1", expect = Expect.ACCEPTABLE, desc = "accepted, and so it is received")
@Outcome(id = "CLOSED, 0", expect = Expect.ACCEPTABLE, desc = "refused, and so it is not in")
@Outcome(id = "SENT, 0", expect = Expect.FORBIDDEN, desc = "accepted, and lost")
@Outcome(expect = Expect.FORBIDDEN, desc = "received without having been accepted, or twice")
@State
public class SendOrClose {
    private final Channel<Integer> channel = Channel.bounded(2);

    @Actor
    public void send(LI_Result result) {
        result.r1 = channel.trySend(1);
    }

    @Actor
    public void close() {
        channel.close();
    }

    @Arbiter
    public void drain(LI_Result result) {
        result.r2 = channel.drainTo(new ArrayList<>(), 2);
    }
}
