package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import dev.weir.jcstress.Uninterrupted;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
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
    private static final List<Integer> ITEMS = List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

    private final TwoActors actors = new TwoActors();
    private final AtomicIntegerArray done = new AtomicIntegerArray(ITEMS.size());

    @Actor
    public void call(IZ_Result result) {
        FanOut<Integer> fanOut = FanOut.over(ITEMS.iterator()).concurrency(2).on(actors);
        List<Integer> results = Uninterrupted.get(() -> fanOut.map(this::task));
        for (int i = 0; i < ITEMS.size(); i++) {
            result.r1 += done.get(i) == 1 ? 1 : 1_000;
        }
        result.r2 = results.equals(ITEMS);
        actors.callIsOver();
    }

    @Actor
    public void work() {
        actors.workAsSecond();
    }

    private int task(int item) {
        if (item == 2) {
            actors.awaitSecond();
        }
        done.incrementAndGet(item);
        return item;
    }
}
