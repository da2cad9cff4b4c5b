package dev.weir.jcstress.pool;

import dev.weir.core.pool.TaskOptions;
import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A task is handed to a pool with priorities while it shuts down. */
@JCStressTest
@Outcome(id = "true, 2", expect = Expect.ACCEPTABLE, desc = "accepted, and so it ran")
@Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "rejected, and so it never ran")
@Outcome(expect = Expect.FORBIDDEN, desc = "a task is lost, or ran though rejected, or the pool does not end")
@State
public class PrioritySubmitOrShutdown {

    private final WorkerPool pool = WorkerPool.builder("race")
            .maxWorkers(1)
            .queueCapacity(4)
            .priorities(Duration.ofSeconds(1))
            .virtualWorkers()
            .build();
    private final AtomicInteger runs = new AtomicInteger();

    public PrioritySubmitOrShutdown() {
        pool.execute(runs::incrementAndGet);
    }

    @Actor
    public void submit(ZI_Result result) {
        try {
            pool.execute(runs::incrementAndGet, TaskOptions.named("task").priority(5));
            result.r1 = true;
        } catch (RejectedExecutionException shutDown) {
            result.r1 = false;
        }
    }

    @Actor
    public void shutdown() {
        pool.shutdown();
    }

    @Arbiter
    public void count(ZI_Result result) {
        result.r2 = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS)) ? runs.get() : -1;
    }
}
