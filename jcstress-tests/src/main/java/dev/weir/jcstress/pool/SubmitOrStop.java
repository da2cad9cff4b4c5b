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
import org.openjdk.jcstress.infra.results.Z_Result;

/** A pool is stopped while the worker for a task is being started. */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "the task was rejected, taken away or interrupted")
@Outcome(expect = Expect.FORBIDDEN, desc = "the stop has missed the task, which runs on")
@State
public class SubmitOrStop {
    private final WorkerPool pool =
            WorkerPool.builder("race").maxWorkers(1).virtualWorkers().build();
    private final CountDownLatch never = new CountDownLatch(1);

    @Actor
    public void submit() {
        try {
            pool.execute(() -> {
                try {
                    never.await();
                } catch (InterruptedException stop) {
                    // which is one of the outcomes
                }
            });
        } catch (RejectedExecutionException rejected) {
            // which is one of the outcomes
        }
    }

    @Actor
    public void stop() {
        pool.shutdownNow();
    }

    @Arbiter
    public void look(Z_Result result) {
        result.r1 = Uninterrupted.get(() -> pool.awaitTermination(2, TimeUnit.SECONDS));
        never.countDown();
    }
}
