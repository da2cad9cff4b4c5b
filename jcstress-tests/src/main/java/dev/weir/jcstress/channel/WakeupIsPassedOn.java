package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * Two receivers wait, and one of them gives up while an element is sent. If it was the one that was woken, it must wake
 * the other; a lost wake-up hangs the test.
 */
@JCStressTest
@Outcome(id = "received", expect = Expect.ACCEPTABLE, desc = "the one that gave up got the element in time")
@Outcome(id = "gave up", expect = Expect.ACCEPTABLE, desc = "the other one got the element")
@State
public class WakeupIsPassedOn {
    private static final Duration SHORT = Duration.ofNanos(20_000);

    private final Channel<Integer> channel = Channel.bounded(2);

    @Actor
    public void send() {
        channel.trySend(1);
    }

    @Actor
    public void receive(L_Result result) {
        Thread other = Thread.startVirtualThread(() -> Uninterrupted.get(channel::receive));
        boolean received = Uninterrupted.get(() -> channel.tryReceive(SHORT)).isPresent();
        if (received) {
            channel.trySend(2);
        }
        Uninterrupted.run(other::join);
        result.r1 = received ? "received" : "gave up";
    }
}
