package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import dev.weir.channel.Select;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A thread begins to wait in two channels while both are closed; a lost wake-up hangs the test. */
@JCStressTest
@Outcome(id = "closed", expect = Expect.ACCEPTABLE, desc = "the select was told, before it waited or while it did")
@Outcome(expect = Expect.FORBIDDEN, desc = "there was nothing to receive")
@State
public class SelectOrClose {
    private final Channel<String> first = Channel.bounded(1);
    private final Channel<String> second = Channel.rendezvous();
    private final Select<String> select =
            new Select<String>().receive(first, element -> element).receive(second, element -> element);

    @Actor
    public void select(L_Result result) {
        try {
            result.r1 = Uninterrupted.get(select::select);
        } catch (ChannelClosedException expected) {
            result.r1 = "closed";
        }
    }

    @Actor
    public void close() {
        first.close();
        second.close();
    }
}
