package dev.weir.jcstress.batch;

import dev.weir.batch.Batcher;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two items join a batch of two at the same time: it is full then, and one bulk call takes both. */
@JCStressTest
@Outcome(id = "1, 3", expect = Expect.ACCEPTABLE, desc = "one bulk call, and each item has its own result")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "more calls, or another's result; a hang if the batch is not seen to be full")
@State
public class JoinOrJoin {
    private final AtomicInteger calls = new AtomicInteger();
    private final Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                calls.incrementAndGet();
                return items;
            })
            .maxItems(2)
            .maxWait(Duration.ofHours(1))
            .build();
    private CompletableFuture<Integer> one;
    private CompletableFuture<Integer> other;

    @Actor
    public void one() {
        one = batcher.submit(1);
    }

    @Actor
    public void other() {
        other = batcher.submit(2);
    }

    @Arbiter
    public void look(II_Result result) {
        int first = one.join();
        int second = other.join();
        result.r1 = calls.get();
        result.r2 = first == 1 ? first + second : -1;
    }
}
