package dev.weir.jcstress.pool;

import dev.weir.core.pool.WorkerPool;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.jcstress.Uninterrupted;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A future's time in the queue is up while the pool is shut down, and its worker gets free and meets the future. */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "the pool has ended, and the future had before")
@Outcome(id = "true, false", expect = Expect.FORBIDDEN, desc = "the pool has ended before the future")
@Outcome(expect = Expect.FORBIDDEN, desc = "the pool does not end")
@State
public class ExpireOrTerminate {
    private final CountDownLatch busy = new CountDownLatch(1);
    private final ManualTimeSource clock = new ManualTimeSource();
    private final WorkerPool pool = WorkerPool.builder("race")
            .maxWorkers(1)
            .queueTimeout(Duration.ofSeconds(1))
            .timeSource(clock)
            .virtualWorkers()
            .failureHandler((task, failure) -> {})
            .build();
    private final FutureTask<Integer> future = new FutureTask<>(() -> 1);

    public ExpireOrTerminate() {
        pool.execute(() -> Uninterrupted.run(busy::await));
        pool.execute(future);
    }

    @Actor
    public void expire() {
        clock.advance(Duration.ofSeconds(1));
    }

    @Actor
    public void shutdown(ZZ_Result result) {
        busy.countDown();
        pool.shutdown();
        result.r1 = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS));
        result.r2 = future.isDone();
    }
}
