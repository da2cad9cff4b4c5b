package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** One subscribes without a request while the channel is closed; another takes the last element afterwards. */
@JCStressTest
@Outcome(id = "1, true", expect = Expect.ACCEPTABLE, desc = "the receiver has the element, and the subscriber the end")
@Outcome(expect = Expect.FORBIDDEN, desc = "the end got lost")
@State
public class SubscribeOrClose {
    private final Channel<Integer> channel = Channel.bounded(1);
    private final IdleSubscriber subscriber = new IdleSubscriber();

    public SubscribeOrClose() {
        channel.trySend(1);
    }

    @Actor
    public void subscribe() {
        channel.asPublisher().subscribe(subscriber);
    }

    @Actor
    public void close() {
        channel.close();
    }

    @Arbiter
    public void account(IZ_Result result) {
        result.r1 = channel.tryReceive().orElse(0);
        result.r2 = subscriber.awaitEnd();
    }
}
