package dev.weir.jcstress.pool;

import dev.weir.core.pool.TaskOptions;
import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two threads hand in a task each of the same key, to a pool of two workers; the tasks write a plain field. */
@JCStressTest
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "one ran after the other, and saw it")
@Outcome(expect = Expect.FORBIDDEN, desc = "both ran at once, or one is lost, or the pool does not end")
@State
public class SameKeyOneAtATime {

    private final WorkerPool pool = WorkerPool.builder("race")
            .maxWorkers(2)
            .queueCapacity(2)
            .virtualWorkers()
            .build();
    private int count;

    private void submit() {
        pool.execute(() -> count++, TaskOptions.named("task").key("key"));
    }

    @Actor
    public void one() {
        submit();
    }

    @Actor
    public void two() {
        submit();
    }

    @Arbiter
    public void count(I_Result result) {
        pool.shutdown();
        result.r1 = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS)) ? count : -1;
    }
}
