package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** A channel is closed while its last element goes out, and a subscriber has asked for nothing. */
@JCStressTest
@Outcome(id = "1, true", expect = Expect.ACCEPTABLE, desc = "the receiver has the element, and the subscriber the end")
@Outcome(expect = Expect.FORBIDDEN, desc = "the end got lost")
@State
public class SubscriberSeesEnd {
    private final Channel<Integer> channel = Channel.bounded(1);
    private final IdleSubscriber subscriber = new IdleSubscriber();

    public SubscriberSeesEnd() {
        channel.trySend(1);
        channel.asPublisher().subscribe(subscriber);
    }

    @Actor
    public void close() {
        channel.close();
    }

    @Actor
    public void receive(IZ_Result result) {
        result.r1 = channel.tryReceive().orElse(0);
    }

    @Arbiter
    public void account(IZ_Result result) {
        result.r2 = subscriber.awaitEnd();
    }
}
