package dev.weir.jcstress.pool;

import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
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
import org.openjdk.jcstress.infra.results.I_Result;

/** A worker begins to wait for a task in the queue, while the pool is made so small that no other one is left. */
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the task ran: on the other worker, or on one more")
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "the wait was refused")
@Outcome(expect = Expect.FORBIDDEN, desc = "the pool stands still")
@State
public class ResizeOrWait {
    private final CountDownLatch waits = new CountDownLatch(1);
    private final CountDownLatch busy = new CountDownLatch(1);
    private final WorkerPool pool =
            WorkerPool.builder("race").maxWorkers(2).virtualWorkers().build();
    private final Future<Integer> outer = pool.submit(() -> {
        waits.await();
        return pool.submit(() -> 1).get();
    });

    public ResizeOrWait() {
        pool.execute(() -> Uninterrupted.run(busy::await));
    }

    @Actor
    public void await() {
        waits.countDown();
    }

    @Actor
    public void resize() {
        busy.countDown();
        pool.resize(0, 1);
    }

    @Arbiter
    public void end(I_Result result) {
        result.r1 = Uninterrupted.get(() -> {
            try {
                return outer.get(5, TimeUnit.SECONDS);
            } catch (ExecutionException refused) {
                return refused.getCause() instanceof IllegalStateException ? 2 : 3;
            } catch (TimeoutException stuck) {
                return 4;
            }
        });
        pool.shutdownNow();
    }
}
