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

/** An item is given up while another one makes its bulk call begin. */
@JCStressTest
@Outcome(id = "0, left", expect = Expect.ACCEPTABLE, desc = "given up before it was sent, so the function never saw it")
@Outcome(id = "1, abandoned", expect = Expect.ACCEPTABLE, desc = "given up when it was sent, so its result was dropped")
@Outcome(id = "1, succeeded", expect = Expect.ACCEPTABLE, desc = "the result came first")
@Outcome(expect = Expect.FORBIDDEN, desc = "left and sent, or no end, or two")
@State
public class LeaveOrSend {
    private final AtomicInteger sent = new AtomicInteger();
    private final Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                if (items.contains(1)) {
                    sent.incrementAndGet();
                }
                return items;
            })
            .maxItems(2)
            .maxWait(Duration.ofHours(1))
            .build();
    private final CompletableFuture<Integer> first = batcher.submit(1);

    @Actor
    public void leave() {
        first.cancel(false);
    }

    @Actor
    public void send() {
        batcher.submit(2);
    }

    @Arbiter
    public void look(IL_Result result) {
        batcher.close();
        BatcherMetrics metrics = batcher.metrics();
        String other = metrics.waiting() + metrics.inFlight() == 0 ? "" : " of " + metrics;
        long end = metrics.left() + 10 * metrics.abandoned() + 100 * metrics.succeeded();
        result.r1 = sent.get();
        result.r2 = (end == 101 ? "left" : end == 110 ? "abandoned" : end == 200 ? "succeeded" : "ends " + end) + other;
    }
}
