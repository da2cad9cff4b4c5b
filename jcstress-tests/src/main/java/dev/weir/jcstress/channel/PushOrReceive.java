package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.Inlet;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** An inlet keeps what its full channel does not take while a receiver makes room. */
@JCStressTest
@Outcome(id = "1, 2, 3", expect = Expect.ACCEPTABLE, desc = "all came, in order")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element is lost or overtook another")
@State
public class PushOrReceive {

    private final Channel<Integer> channel = Channel.bounded(1);
    private final Inlet<Integer> inlet = channel.inlet(3, more -> {});

    @Actor
    public void push() {
        inlet.push(1);
        inlet.push(2);
        inlet.push(3);
        inlet.complete();
    }

    @Actor
    public void receive(III_Result result) {
        result.r1 = Uninterrupted.get(channel::receive);
        result.r2 = Uninterrupted.get(channel::receive);
    }

    @Arbiter
    public void last(III_Result result) {
        result.r3 = Uninterrupted.get(channel::receive);
    }
}
