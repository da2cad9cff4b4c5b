package dev.weir.core.pool;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** The code of this package's documentation. */
final class WorkerPoolSnippets {
    private WorkerPoolSnippets() {}

    static int pool() throws InterruptedException, ExecutionException {
        // @start region="pool"
        try (WorkerPool pool = WorkerPool.builder("parser")
                .maxWorkers(4)
                .queueCapacity(100)
                .saturation(Saturation.block()) // a submitter that is too fast waits
                .build()) {
            Future<Integer> length = pool.submit(() -> "a document".length());
            return length.get();
        } // waits for what was accepted, a minute at most
        // @end
    }

    static int options() throws InterruptedException, ExecutionException {
        WorkerPool mail = WorkerPool.ioBound("mail").build();
        try (mail) {
            // @start region="options"
            TaskOptions urgent = TaskOptions.named("password mail").priority(10).queueTimeout(Duration.ofMinutes(1));

            Future<Integer> sent = mail.submit(() -> "to ada".length(), urgent.runTimeout(Duration.ofSeconds(5)));
            // @end
            return sent.get();
        }
    }

    static int shares() throws InterruptedException, ExecutionException {
        // @start region="shares"
        WorkerPool reports = WorkerPool.builder("reports")
                .maxWorkers(4)
                .fairShares(Map.of("acme", 3)) // three times the share of any other customer
                .build();
        try (reports) {
            Future<Integer> report = reports.submit(() -> 42, TaskOptions.none().tenant("acme"));
            return report.get();
        }
        // @end
    }
}
