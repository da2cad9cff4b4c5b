package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import dev.weir.jcstress.Uninterrupted;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** An item adds another one while a worker that finds nothing looks whether that is the end. */
@JCStressTest
@Outcome(id = "5", expect = Expect.ACCEPTABLE, desc = "each item was done once, those that were added too")
@Outcome(expect = Expect.FORBIDDEN, desc = "an item was done twice or not at all")
@State
public class LastAdditionOrEnd {
    private final TwoActors actors = new TwoActors();
    private final AtomicIntegerArray done = new AtomicIntegerArray(5);

    @Actor
    public void call(I_Result result) {
        FanOut<Integer> fanOut = FanOut.over(List.of(0, 1)).concurrency(2).on(actors);
        Uninterrupted.get(() -> {
            fanOut.expand(this::task);
            return 0;
        });
        for (int i = 0; i < done.length(); i++) {
            result.r1 += done.get(i) == 1 ? 1 : 1_000;
        }
        actors.callIsOver();
    }

    @Actor
    public void work() {
        actors.workAsSecond();
    }

    private void task(int item, Consumer<? super Integer> more) {
        done.incrementAndGet(item);
        if (item == 0) {
            actors.awaitSecond();
        }
        if (item < 3) {
            more.accept(item + 2); // the last thing that it does
        }
    }
}
