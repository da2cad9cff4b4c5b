package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A thread begins to wait for room while another one makes some; a lost wake-up hangs the test. */
@JCStressTest
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "both elements came, in order")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "the sender returned, and its element is not in")
@Outcome(expect = Expect.FORBIDDEN, desc = "the element in the channel was overtaken or overwritten")
@State
public class WaitingSenderIsWoken {
    private final Channel<Integer> channel = Channel.bounded(1);

    public WaitingSenderIsWoken() {
        channel.trySend(1);
    }

    @Actor
    public void send() {
        Uninterrupted.run(() -> channel.send(2));
    }

    @Actor
    public void receive(II_Result result) {
        result.r1 = Uninterrupted.get(channel::receive);
    }

    @Arbiter
    public void receiveTheOther(II_Result result) {
        result.r2 = channel.tryReceive().orElse(0);
    }
}
