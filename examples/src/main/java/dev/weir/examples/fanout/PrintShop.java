package dev.weir.examples.fanout;

import dev.weir.core.Deadline;
import dev.weir.core.pool.ShutdownReport;
import dev.weir.core.pool.TaskOptions;
import dev.weir.core.pool.WorkerPool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Tasks with priorities, one that is cancelled, one that fails and one that takes too long, on a pool of one worker. */
public final class PrintShop {
    private PrintShop() {}

    /**
     * Prints several jobs.
     *
     * @return a line for each job in the order in which they were printed, and then what came of each in the order in
     *     which they were ordered
     * @throws InterruptedException if the thread is interrupted
     */
    public static List<String> print() throws InterruptedException {
        List<String> printed = new ArrayList<>(); // by one worker, and read when that has ended
        Map<String, Future<String>> jobs = new LinkedHashMap<>();
        WorkerPool pool = WorkerPool.builder("printer")
                .maxWorkers(1)
                .priorities(Duration.ofMinutes(1)) // a job that has waited so long goes first
                .build();
        try (pool) {
            CountDownLatch paper = new CountDownLatch(1);
            pool.execute(() -> await(paper)); // the worker is busy while the jobs come in
            order(pool, jobs, "newsletter", -10, () -> "2,000 copies");
            order(pool, jobs, "letter", 0, () -> "1 copy");
            order(pool, jobs, "photo", 0, () -> {
                throw new IOException("out of ink");
            });
            order(pool, jobs, "love letter", 0, () -> "1 copy");
            order(pool, jobs, "boarding pass", 100, () -> "1 copy");
            TaskOptions slow = TaskOptions.named("poster").priority(50).runTimeout(Duration.ofMillis(50));
            jobs.put("poster", pool.submit(() -> await(paper, printed), slow));
            jobs.get("love letter").cancel(true); // it never runs
            paper.countDown();
            ShutdownReport report = pool.shutdown(Deadline.after(Duration.ofSeconds(10)));
            printed.add("left over: " + report);
        }
        jobs.forEach((name, job) -> printed.add(name + ": " + end(job)));
        return printed;
    }
}
