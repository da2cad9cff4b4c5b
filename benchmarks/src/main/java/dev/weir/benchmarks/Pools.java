package dev.weir.benchmarks;

import dev.weir.core.pool.WorkerPool;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.threads.EnhancedQueueExecutor;

/** The pools to compare: two platform threads each, and a queue of 1,024 tasks where there is a bound. */
final class Pools {
    static final String FORK_JOIN = "ForkJoinPool (unbounded)";

    static final int WORKERS = 2;

    private static final int QUEUE = 1_024;

    private Pools() {}

    static Map<String, Supplier<ExecutorService>> all() {
        Map<String, Supplier<ExecutorService>> pools = new LinkedHashMap<>();
        pools.put(Entry.WEIR, Pools::weir);
        pools.put("TPE, ABQ, blocking", () -> threadPool(Pools::waitForRoom));
        pools.put("TPE, ABQ, caller runs", () -> threadPool(new ThreadPoolExecutor.CallerRunsPolicy()));
        pools.put("TPE, LBQ (unbounded)", Pools::unboundedThreadPool);
        pools.put(FORK_JOIN, Pools::forkJoin);
        pools.put("EnhancedQueueExecutor (unbounded)", Pools::enhancedQueue);
        return pools;
    }

    static ExecutorService weir() {
        return WorkerPool.builder("bench")
                .minWorkers(WORKERS)
                .maxWorkers(WORKERS)
                .queueCapacity(QUEUE)
                .build();
    }

    private static ExecutorService threadPool(RejectedExecutionHandler whenFull) {
        return new ThreadPoolExecutor(WORKERS, WORKERS, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(QUEUE), whenFull);
    }

    /** The usual way to make a thread pool block: no task is submitted after the shutdown here, so none is lost. */
    private static void waitForRoom(Runnable task, ThreadPoolExecutor pool) {
        try {
            pool.getQueue().put(task);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new RejectedExecutionException(stop);
        }
    }

    static ExecutorService unboundedThreadPool() {
        return new ThreadPoolExecutor(WORKERS, WORKERS, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
    }

    static ExecutorService forkJoin() {
        return new ForkJoinPool(WORKERS);
    }

    static ExecutorService enhancedQueue() {
        return new EnhancedQueueExecutor.Builder()
                .setCorePoolSize(WORKERS)
                .setMaximumPoolSize(WORKERS)
                .build();
    }
}
