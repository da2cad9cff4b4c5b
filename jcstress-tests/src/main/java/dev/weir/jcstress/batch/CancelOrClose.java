package dev.weir.jcstress.batch;

import dev.weir.batch.Batcher;
import dev.weir.batch.BatcherMetrics;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IL_Result;

/** An item that waits is given up by its owner while the batcher is closed, which sends what waits. */
@JCStressTest
@Outcome(id = "0, left", expect = Expect.ACCEPTABLE, desc = "given up before the close sent it")
@Outcome(id = "1, abandoned", expect = Expect.ACCEPTABLE, desc = "given up when it was sent, so its result was dropped")
@Outcome(id = "1, succeeded", expect = Expect.ACCEPTABLE, desc = "the close sent it, and its result came first")
@Outcome(expect = Expect.FORBIDDEN, desc = "left and sent, or no end, or two; a hang if the close waits for nobody")
@State
public class CancelOrClose {
    private final AtomicInteger sent = new AtomicInteger();
    private final Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                sent.addAndGet(items.size());
                return items;
            })
            .maxWait(Duration.ofHours(1))
            .build();
    private final CompletableFuture<Integer> item = batcher.submit(1);

    @Actor
    public void cancel() {
        item.cancel(false);
    }

    @Actor
    public void close() {
        batcher.close();
    }

    @Arbiter
    public void look(IL_Result result) {
        batcher.close();
        BatcherMetrics metrics = batcher.metrics();
        long end = metrics.left() + 10 * metrics.abandoned() + 100 * metrics.succeeded();
        String how = end == 1 ? "left" : end == 10 ? "abandoned" : end == 100 ? "succeeded" : "ends " + metrics;
        result.r1 = sent.get();
        result.r2 = metrics.waiting() + metrics.inFlight() == 0 ? how : how + " of " + metrics;
    }
}
