package dev.weir.jcstress.pool;

import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A pool is paused, given a task, and resumed, while another task is handed in and its worker is awake. */
@JCStressTest
@Outcome(id = "false, 2", expect = Expect.ACCEPTABLE, desc = "what came in the pause ran after it, and all ran")
@Outcome(id = "true, .*", expect = Expect.FORBIDDEN, desc = "a task began that was handed in during the pause")
@Outcome(expect = Expect.FORBIDDEN, desc = "a task was lost, or the pool does not end")
@State
public class PauseOrSubmit {
    private final WorkerPool pool =
            WorkerPool.builder("race").maxWorkers(1).virtualWorkers().build();
    private volatile boolean inPause;
    private volatile boolean beganInPause;
    private volatile boolean first;
    private volatile boolean second;

    @Actor
    public void pause() {
        pool.pause();
        inPause = true;
        pool.execute(() -> {
            beganInPause = inPause;
            first = true;
        });
        Thread.yield();
        inPause = false;
        pool.resume();
    }

    @Actor
    public void submit() {
        pool.execute(() -> second = true);
    }

    @Arbiter
    public void count(ZI_Result result) {
        pool.shutdown();
        boolean ended = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS));
        result.r1 = beganInPause;
        result.r2 = ended ? (first ? 1 : 0) + (second ? 1 : 0) : -1;
    }
}
