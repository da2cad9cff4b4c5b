package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import dev.weir.jcstress.Uninterrupted;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.openjdk.jcstress.infra.results.IZ_Result;

/**
 * Items of a call with two workers. The third waits until the second worker is there, and the others return at once; it
 * is counted how often each was done.
 */
final class ItemsOfTwo {
    private final TwoActors actors = new TwoActors();
    private final List<Integer> items;
    private final AtomicIntegerArray done;

    ItemsOfTwo(int count) {
        items = IntStream.range(0, count).boxed().toList();
        done = new AtomicIntegerArray(count);
    }

    /** The first actor: how many items were done once, and whether the results are in their order. */
    void call(Function<List<Integer>, FanOut<Integer>> over, IZ_Result result) {
        FanOut<Integer> fanOut = over.apply(items).concurrency(2).on(actors);
        List<Integer> results = Uninterrupted.get(() -> fanOut.map(this::task));
        for (int i = 0; i < items.size(); i++) {
            result.r1 += done.get(i) == 1 ? 1 : 1_000;
        }
        result.r2 = results.equals(items);
        actors.callIsOver();
    }

    /** The second actor. */
    void work() {
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
