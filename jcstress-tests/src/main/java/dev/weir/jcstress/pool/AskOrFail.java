package dev.weir.jcstress.pool;

import dev.weir.core.pool.WorkerPool;
import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A supplied future is asked for its value while its task fails. */
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "the asking thread has the failure, so no handler")
@Outcome(expect = Expect.FORBIDDEN, desc = "the failure got lost, or was told twice")
@State
public class AskOrFail {

    private final CountDownLatch busy = new CountDownLatch(1);
    private final AtomicInteger handled = new AtomicInteger();
    private final WorkerPool pool = WorkerPool.builder("race")
            .maxWorkers(1)
            .queueCapacity(1)
            .virtualWorkers()
            .failureHandler((task, failure) -> handled.incrementAndGet())
            .build();
    private final CompletableFuture<String> future = pool.supplyAsync(() -> {
        busy.await();
        throw new IllegalStateException("as planned");
    });

    @Actor
    public void fail() {
        busy.countDown();
    }

    @Actor
    public void ask(ZI_Result result) {
        try {
            future.join();
        } catch (RuntimeException failure) {
            result.r1 = true;
        }
    }

    @Arbiter
    public void count(ZI_Result result) {
        pool.shutdown();
        result.r2 = Uninterrupted.get(() -> pool.awaitTermination(10, TimeUnit.SECONDS)) ? handled.get() : -1;
    }
}
