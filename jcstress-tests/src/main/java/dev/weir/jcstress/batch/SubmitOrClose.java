package dev.weir.jcstress.batch;

import dev.weir.batch.Batcher;
import dev.weir.core.pool.TaskRejectedException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/** An item is submitted while the batcher is closed: it is refused, or it has its result when the close returns. */
@JCStressTest
@Outcome(id = "SUCCESS, 1", expect = Expect.ACCEPTABLE, desc = "accepted, and so it was sent before the close returned")
@Outcome(id = "rejected, 0", expect = Expect.ACCEPTABLE, desc = "refused, and so never sent")
@Outcome(expect = Expect.FORBIDDEN, desc = "accepted and without an end, or refused and sent")
@State
public class SubmitOrClose {
    private final AtomicInteger sent = new AtomicInteger();
    private final Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                sent.addAndGet(items.size());
                return items;
            })
            .maxWait(Duration.ofHours(1))
            .closeTimeout(Duration.ofSeconds(10))
            .build();
    private CompletableFuture<Integer> future;

    @Actor
    public void submit() {
        try {
            future = batcher.submit(1);
        } catch (TaskRejectedException closed) {
            // as the future says
        }
    }

    @Actor
    public void close() {
        batcher.close();
    }

    @Arbiter
    public void look(LI_Result result) {
        result.r1 = future == null ? "rejected" : future.state().toString();
        result.r2 = sent.get();
    }
}
