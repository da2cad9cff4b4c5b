package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.Select;
import dev.weir.jcstress.Uninterrupted;
import java.util.Optional;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A select offers an element in each of two channels without room, and the other thread comes to both of them. */
@JCStressTest
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the first was handed over, and the second was not")
@Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "the second was handed over, and the first was not")
@Outcome(expect = Expect.FORBIDDEN, desc = "both were handed over, or another one than the select says")
@State
public class SelectMatchedOnce {
    private final Channel<Integer> first = Channel.rendezvous();
    private final Channel<Integer> second = Channel.rendezvous();
    private final Select<Integer> select =
            new Select<Integer>().send(first, 1, () -> 1).send(second, 2, () -> 2);

    @Actor
    public void select(II_Result result) {
        result.r1 = Uninterrupted.get(select::select);
    }

    @Actor
    public void receive(II_Result result) {
        Optional<Integer> one = Optional.empty();
        Optional<Integer> two = Optional.empty();
        while (one.isEmpty() && two.isEmpty()) {
            one = first.tryReceive();
            two = second.tryReceive();
        }
        result.r2 = one.orElse(0) + two.orElse(0);
    }
}
