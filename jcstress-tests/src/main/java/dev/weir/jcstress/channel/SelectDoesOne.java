package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.channel.Select;
import dev.weir.jcstress.Uninterrupted;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A thread waits in two channels while an element is sent to each; a lost wake-up hangs the test. */
@JCStressTest
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "the first was received, and the second is in")
@Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "the second was received, and the first is in")
@Outcome(expect = Expect.FORBIDDEN, desc = "both were taken, or none, or one is lost")
@State
public class SelectDoesOne {
    private final Channel<Integer> first = Channel.bounded(1);
    private final Channel<Integer> second = Channel.bounded(1);
    private final Select<Integer> select =
            new Select<Integer>().receive(first, element -> element).receive(second, element -> element);

    @Actor
    public void select(II_Result result) {
        result.r1 = Uninterrupted.get(select::select);
    }

    @Actor
    public void send() {
        first.trySend(1);
        second.trySend(2);
    }

    @Arbiter
    public void look(II_Result result) {
        result.r2 = first.tryReceive().orElse(0) + second.tryReceive().orElse(0);
    }
}
