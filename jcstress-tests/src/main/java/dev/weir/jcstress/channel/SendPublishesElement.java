package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A thread writes a plain field and sends, and another one receives and reads the field. */
@JCStressTest
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "who has the element sees what was written before it was sent")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "the element came without what happened before")
@Outcome(expect = Expect.FORBIDDEN, desc = "not the element that was sent")
@State
public class SendPublishesElement {
    private final Channel<Integer> channel = Channel.bounded(1);
    private int written;

    @Actor
    public void send() {
        written = 1;
        Uninterrupted.run(() -> channel.send(1));
    }

    @Actor
    public void receive(II_Result result) {
        result.r1 = Uninterrupted.get(channel::receive);
        result.r2 = written;
    }
}
