package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.Select;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two threads can meet in either of two channels without room, and must in exactly one; a missed one hangs the test.
 */
@JCStressTest
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "the first gave its element to the second")
@Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "the second gave its element to the first")
@Outcome(expect = Expect.FORBIDDEN, desc = "both sent, or both received")
@State
public class SelectOrSelect {
    private static final int SENT = 1;

    private final Channel<Integer> there = Channel.rendezvous();
    private final Channel<Integer> back = Channel.rendezvous();
    private final Select<Integer> first =
            new Select<Integer>().send(there, 2, () -> SENT).receive(back, element -> element);
    private final Select<Integer> second =
            new Select<Integer>().receive(there, element -> element).send(back, 2, () -> SENT);

    @Actor
    public void first(II_Result result) {
        result.r1 = Uninterrupted.get(first::select);
    }

    @Actor
    public void second(II_Result result) {
        result.r2 = Uninterrupted.get(second::select);
    }
}
