package dev.weir.benchmarks;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Submits a task to an idle pool and waits for its result. */
@State(Scope.Benchmark)
public class PoolOps {
    /** The pool's name in {@link Pools#all}. */
    @Param("")
    public String contender;

    private final Callable<Integer> task = () -> 42;
    private ExecutorService pool;

    @Setup
    public void create() {
        pool = Pools.all().get(contender).get();
    }

    @TearDown
    public void close() {
        pool.shutdownNow();
    }

    @Benchmark
    public Integer submitAndGet() throws ExecutionException, InterruptedException {
        return pool.submit(task).get();
    }
}
