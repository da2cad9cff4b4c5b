package dev.weir.examples.fanout;

import dev.weir.core.pool.TaskOptions;
import dev.weir.core.pool.WorkerPool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Jobs with priorities for one printer: one is cancelled, one fails and one takes too long. */
public final class PrintShop {
    private PrintShop() {}

    /**
     * What was printed.
     *
     * @param begun the jobs that were begun, in that order
     * @param ends what came of each job, in the order in which they came in
     */
    public record Day(List<String> begun, Map<String, String> ends) {}

    /**
     * Prints some jobs.
     *
     * @return what was printed
     * @throws InterruptedException if the thread is interrupted; no job goes on then
     */
    public static Day print() throws InterruptedException {
        List<String> begun = Collections.synchronizedList(new ArrayList<>());
        Map<String, Future<String>> jobs = new LinkedHashMap<>();
        try (WorkerPool printer = WorkerPool.builder("printer")
                .maxWorkers(1)
                .priorities(Duration.ofSeconds(1)) // who has waited so long counts as one level higher
                .build()) {
            CountDownLatch warm = new CountDownLatch(1);
            jobs.put("warm-up", printer.submit(() -> {
                warm.await();
                return "done";
            }));
            Desk desk = (job, priority, limit, work) -> jobs.put(
                    job,
                    printer.submit(
                            () -> {
                                begun.add(job);
                                return work.call();
                            },
                            TaskOptions.named(job).priority(priority).runTimeout(limit)));
            Duration minute = Duration.ofMinutes(1);
            desk.order("newsletter", -100, minute, () -> "2,000 copies");
            desk.order("letter", 0, minute, () -> "1 copy");
            desk.order("love letter", 0, minute, () -> "1 copy");
            desk.order("photo", 0, minute, () -> {
                throw new IOException("out of ink");
            });
            desk.order("poster", 100, Duration.ofMillis(200), () -> {
                new CountDownLatch(1).await(); // a paper jam
                return "1 copy";
            });
            desk.order("boarding pass", 200, minute, () -> "1 copy");
            jobs.get("love letter").cancel(true);
            warm.countDown();
            Map<String, String> ends = new LinkedHashMap<>();
            for (Map.Entry<String, Future<String>> job : jobs.entrySet()) {
                ends.put(job.getKey(), end(job.getValue()));
            }
            return new Day(begun, ends);
        }
    }

    /** Where jobs come in. */
    private interface Desk {
        void order(String job, int priority, Duration limit, Callable<String> work);
    }

    private static String end(Future<String> job) throws InterruptedException {
        try {
            return job.get();
        } catch (ExecutionException failed) {
            return "failed: " + failed.getCause();
        } catch (CancellationException cancelled) {
            return "cancelled";
        }
    }

    /**
     * Prints some jobs, and what came of them.
     *
     * @param args none
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        Day day = print();
        System.out.println("begun: " + day.begun);
        day.ends.forEach((job, end) -> System.out.println(job + ": " + end));
    }
}
