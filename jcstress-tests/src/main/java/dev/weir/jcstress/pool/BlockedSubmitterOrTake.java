package dev.weir.jcstress.pool;

import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A submitter finds the queue full and goes to sleep, just when the worker takes the task that filled it. */
@JCStressTest
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "the submitter got in, and both tasks ran")
@Outcome(expect = Expect.FORBIDDEN, desc = "the submitter sleeps for ever, or a task was lost")
@State
public class BlockedSubmitterOrTake {
    private final CountDownLatch busy = new CountDownLatch(1);
    private final AtomicInteger runs = new AtomicInteger();
    private final WorkerPool pool = WorkerPool.builder("race")
            .maxWorkers(1)
            .queueCapacity(1)
            .virtualWorkers()
            .build();

    public BlockedSubmitterOrTake() {
        pool.execute(() -> Uninterrupted.run(busy::await));
        pool.execute(runs::incrementAndGet);
    }

    @Actor
    public void take() {
        busy.countDown();
    }

    @Actor
    public void submit() {
        pool.execute(runs::incrementAndGet);
    }

    @Arbiter
    public void count(I_Result result) {
        pool.shutdown();
        result.r1 = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS)) ? runs.get() : -1;
    }
}
