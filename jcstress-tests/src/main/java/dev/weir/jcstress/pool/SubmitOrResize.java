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

/** Tasks are handed in while the queue is replaced by a larger and by a smaller one, and the worker takes from it. */
@JCStressTest
@Outcome(id = "4", expect = Expect.ACCEPTABLE, desc = "each task ran once")
@Outcome(expect = Expect.FORBIDDEN, desc = "a task was lost or ran twice, or the pool does not end")
@State
public class SubmitOrResize {
    private final WorkerPool pool = WorkerPool.builder("race")
            .maxWorkers(1)
            .queueCapacity(2)
            .virtualWorkers()
            .build();
    private final AtomicInteger runs = new AtomicInteger();

    public SubmitOrResize() {
        pool.execute(runs::incrementAndGet);
    }

    @Actor
    public void submit() {
        for (int i = 0; i < 3; i++) {
            pool.execute(runs::incrementAndGet);
        }
    }

    @Actor
    public void resize() {
        pool.resizeQueue(4);
        pool.resizeQueue(1);
    }

    @Arbiter
    public void count(I_Result result) {
        pool.shutdown();
        result.r1 = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS)) ? runs.get() : -1;
    }
}
