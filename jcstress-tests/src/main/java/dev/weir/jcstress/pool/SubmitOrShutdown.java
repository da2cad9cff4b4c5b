package dev.weir.jcstress.pool;

import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/**
 * A task is handed to a saturated pool, and perhaps waits for room, while the worker gets free and the pool shuts down.
 */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "accepted, and so it ran")
@Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "rejected, and so it never ran")
@Outcome(id = "true, 0", expect = Expect.FORBIDDEN, desc = "accepted, and lost")
@Outcome(id = "false, 1", expect = Expect.FORBIDDEN, desc = "rejected, and run all the same")
@Outcome(
        id = {"true, -1", "false, -1"},
        expect = Expect.FORBIDDEN,
        desc = "the pool does not end")
@Outcome(expect = Expect.FORBIDDEN, desc = "run more than once")
@State
public class SubmitOrShutdown {
    private final CountDownLatch busy = new CountDownLatch(1);
    private final WorkerPool pool = WorkerPool.builder("race")
            .minWorkers(1)
            .maxWorkers(1)
            .queueCapacity(0)
            .virtualWorkers()
            .build();
    private int runs;

    public SubmitOrShutdown() {
        pool.execute(() -> Uninterrupted.run(busy::await));
    }

    @Actor
    public void submit(ZI_Result result) {
        try {
            pool.execute(() -> runs++);
            result.r1 = true;
        } catch (RejectedExecutionException rejected) {
            result.r1 = false;
        }
    }

    @Actor
    public void shutdown() {
        busy.countDown();
        pool.shutdown();
    }

    @Arbiter
    public void count(ZI_Result result) {
        boolean ended = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS));
        result.r2 = ended ? runs : -1;
    }
}
