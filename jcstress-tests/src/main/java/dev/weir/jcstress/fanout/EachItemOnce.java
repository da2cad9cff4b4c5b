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

/** Two workers take items from one list, down to the last, which both want. */
@JCStressTest
@Outcome(id = "7, true", expect = Expect.ACCEPTABLE, desc = "each item was done once, and its result is there")
@Outcome(expect = Expect.FORBIDDEN, desc = "an item was done twice or not at all, or its result is another one's")
@State
public class EachItemOnce {
    private static final List<Integer> ITEMS = List.of(0, 1, 2, 3, 4, 5, 6);

    private final TwoActors actors = new TwoActors();
    private final AtomicIntegerArray done = new AtomicIntegerArray(ITEMS.size());

    @Actor
    public void call(IZ_Result result) {
        FanOut<Integer> fanOut = FanOut.over(ITEMS).concurrency(2).on(actors);
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
