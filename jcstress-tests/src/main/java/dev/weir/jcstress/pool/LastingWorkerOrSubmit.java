package dev.weir.jcstress.pool;

import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A task is handed in just when the only worker finds nothing to do and goes to sleep; it never ends by itself. */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "the task ran")
@Outcome(expect = Expect.FORBIDDEN, desc = "the task waits for a worker that sleeps")
@State
public class LastingWorkerOrSubmit {
    private final CountDownLatch busy = new CountDownLatch(1);
    private final CountDownLatch ran = new CountDownLatch(1);
    private final WorkerPool pool = WorkerPool.builder("race")
            .minWorkers(1)
            .queueCapacity(1)
            .maxWorkers(1)
            .virtualWorkers()
            .build();

    public LastingWorkerOrSubmit() {
        pool.execute(() -> Uninterrupted.run(busy::await));
    }

    @Actor
    public void idle() {
        busy.countDown();
    }

    @Actor
    public void submit() {
        pool.execute(ran::countDown);
    }

    @Arbiter
    public void look(Z_Result result) {
        result.r1 = Uninterrupted.get(() -> ran.await(10, TimeUnit.SECONDS));
        pool.shutdown();
    }
}
