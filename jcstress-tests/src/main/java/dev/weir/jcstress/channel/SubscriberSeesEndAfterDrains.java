package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import java.util.ArrayList;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/**
 * The last element of a closed channel goes out while another thread drains it, which hides the end meanwhile, and a
 * subscriber has asked for nothing.
 */
@JCStressTest
@Outcome(id = "1, true", expect = Expect.ACCEPTABLE, desc = "one has the element, and the subscriber the end")
@Outcome(expect = Expect.FORBIDDEN, desc = "the end got lost")
@State
public class SubscriberSeesEndAfterDrains {
    private final Channel<Integer> channel = Channel.bounded(1);
    private final IdleSubscriber subscriber = new IdleSubscriber();
    private int received;
    private int drained;

    public SubscriberSeesEndAfterDrains() {
        channel.trySend(1);
        channel.close();
        channel.asPublisher().subscribe(subscriber);
    }

    @Actor
    public void receive() {
        received += channel.drainTo(new ArrayList<>(), 1);
    }

    @Actor
    public void drain() {
        for (int i = 0; i < 20; i++) {
            drained += channel.drainTo(new ArrayList<>(), 1);
        }
    }

    @Arbiter
    public void account(IZ_Result result) {
        result.r1 = received + drained;
        result.r2 = subscriber.awaitEnd();
    }
}
