package dev.weir.jcstress.pool;

import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two threads hand a task each to the only worker of a pool without a queue, and wait for it. */
@JCStressTest
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "both ran")
@Outcome(expect = Expect.FORBIDDEN, desc = "a task is lost, or the pool does not end")
@State
public class HandoffToOneWorker {

    private final WorkerPool pool = WorkerPool.builder("race")
            .maxWorkers(1)
            .queueCapacity(0)
            .virtualWorkers()
            .build();
    private final AtomicInteger runs = new AtomicInteger();

    @Actor
    public void one() {
        pool.execute(runs::incrementAndGet);
    }

    @Actor
    public void two() {
        pool.execute(runs::incrementAndGet);
    }

    @Arbiter
    public void count(I_Result result) {
        pool.shutdown();
        result.r1 = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS)) ? runs.get() : -1;
    }
}
