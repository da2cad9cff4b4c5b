package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.Select;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

/** A thread that has been waiting in two channels for a while is woken by an element in one of them. */
@JCStressTest(Mode.Termination)
@Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "the select got the element")
@Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the select waits for ever")
@State
public class WaitingSelectSeesElement {
    private final Channel<Integer> first = Channel.bounded(1);
    private final Channel<Integer> second = Channel.unbounded();

    @Actor
    public void select() {
        Uninterrupted.get(
                new Select<Integer>().receive(first, element -> element).receive(second, element -> element)::select);
    }

    @Signal
    public void send() {
        second.trySend(1);
    }
}
