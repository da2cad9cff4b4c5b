package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** Two workers take items from one list, down to the last, which both want. */
@JCStressTest
@Outcome(id = "7, true", expect = Expect.ACCEPTABLE, desc = "each item was done once, and its result is there")
@Outcome(expect = Expect.FORBIDDEN, desc = "an item was done twice or not at all, or its result is another one's")
@State
public class EachItemOnce {
    private final ItemsOfTwo items = new ItemsOfTwo(7);

    @Actor
    public void call(IZ_Result result) {
        items.call(FanOut::over, result);
    }

    @Actor
    public void work() {
        items.work();
    }
}
