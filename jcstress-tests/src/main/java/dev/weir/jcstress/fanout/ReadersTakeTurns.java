package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/**
 * Two workers read one iterator in turns, down to its end, which both want to see. One that waits for a turn which it
 * never gets keeps the call from its end, and so the test hangs.
 */
@JCStressTest
@Outcome(id = "12, true", expect = Expect.ACCEPTABLE, desc = "each item was read and done once")
@Outcome(expect = Expect.FORBIDDEN, desc = "an item was read twice or not at all, or its result is another one's")
@State
public class ReadersTakeTurns {
    private final ItemsOfTwo items = new ItemsOfTwo(12);

    @Actor
    public void call(IZ_Result result) {
        items.call(items -> FanOut.over(items.iterator()), result);
    }

    @Actor
    public void work() {
        items.work();
    }
}
