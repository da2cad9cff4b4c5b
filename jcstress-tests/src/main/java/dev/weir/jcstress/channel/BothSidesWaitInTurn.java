package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A sender and a receiver are each faster than the other now and then; a lost wake-up hangs the test. */
@JCStressTest
@Outcome(id = "1, 2, 3", expect = Expect.ACCEPTABLE, desc = "all elements came, in order")
@Outcome(expect = Expect.FORBIDDEN, desc = "an element came twice, or out of order")
@State
public class BothSidesWaitInTurn {
    private final Channel<Integer> channel = Channel.bounded(1);

    @Actor
    public void send() {
        Uninterrupted.run(() -> {
            channel.send(1);
            channel.send(2);
            channel.send(3);
        });
    }

    @Actor
    public void receive(III_Result result) {
        result.r1 = Uninterrupted.get(channel::receive);
        result.r2 = Uninterrupted.get(channel::receive);
        result.r3 = Uninterrupted.get(channel::receive);
    }
}
