package dev.weir.jcstress.pool;

import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LZ_Result;

/** Somebody waits for a task that gives way to a newer one, while the worker gets free and may take it. */
@JCStressTest
@Outcome(id = "cancelled, false", expect = Expect.ACCEPTABLE, desc = "discarded, so it never ran, and the waiter knows")
@Outcome(id = "value, true", expect = Expect.ACCEPTABLE, desc = "the worker was quicker")
@Outcome(id = "for ever, .*", expect = Expect.FORBIDDEN, desc = "the waiter is not told")
@Outcome(expect = Expect.FORBIDDEN, desc = "discarded and run, or neither")
@State
public class DiscardOrGet {
    private final CountDownLatch busy = new CountDownLatch(1);
    private final WorkerPool pool = WorkerPool.builder("race")
            .maxWorkers(1)
            .queueCapacity(1)
            .saturation(Saturation.discardOldest())
            .virtualWorkers()
            .build();
    private final Future<String> victim;
    private volatile boolean ran;

    public DiscardOrGet() {
        pool.execute(() -> Uninterrupted.run(busy::await));
        victim = pool.submit(() -> {
            ran = true;
            return "value";
        });
    }

    @Actor
    public void discard() {
        busy.countDown();
        pool.execute(() -> {});
    }

    @Actor
    public void get(LZ_Result result) {
        try {
            result.r1 = victim.get(10, TimeUnit.SECONDS);
        } catch (CancellationException cancelled) {
            result.r1 = "cancelled";
        } catch (TimeoutException never) {
            result.r1 = "for ever";
        } catch (ExecutionException | InterruptedException impossible) {
            result.r1 = impossible.toString();
        }
    }

    @Arbiter
    public void look(LZ_Result result) {
        pool.shutdown();
        boolean ended = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS));
        result.r2 = ended ? ran : !ran;
    }
}
