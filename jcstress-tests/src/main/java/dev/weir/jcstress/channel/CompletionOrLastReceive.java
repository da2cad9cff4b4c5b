package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;

/** A thread begins to wait for a closed channel to be empty while the last element is taken; a lost wake-up hangs. */
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the channel has ended, and the wait with it")
@State
public class CompletionOrLastReceive {
    private final Channel<Integer> channel = Channel.bounded(1);

    public CompletionOrLastReceive() {
        channel.trySend(1);
        channel.close();
    }

    @Actor
    public void await() {
        Uninterrupted.run(channel::awaitCompletion);
    }

    @Actor
    public void receive(org.openjdk.jcstress.infra.results.I_Result result) {
        result.r1 = channel.tryReceive().orElse(0);
    }
}
