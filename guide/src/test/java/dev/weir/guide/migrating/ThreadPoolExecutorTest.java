package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.ShutdownReport;
import dev.weir.core.pool.WorkerPool;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThreadPoolExecutorTest {
    @Test
    void both_sides_do_the_same() throws Exception {
        // @start region="pool-jdk"
        ThreadFactory names = Thread.ofPlatform().name("mail-", 1).factory();
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                2, // the size, until the queue is full
                8, // and then up to this
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(100),
                names,
                new ThreadPoolExecutor.CallerRunsPolicy());
        Future<String> sent = executor.submit(() -> "sent");
        // @end
        // @start region="shutdown-jdk"
        executor.shutdown();
        if (!executor.awaitTermination(20, TimeUnit.SECONDS)) {
            List<Runnable> neverRun = executor.shutdownNow(); // and those that run? Their futures?
            System.out.println(neverRun.size() + " did not run");
        }
        // @end
        // @start region="pool"
        WorkerPool pool = WorkerPool.builder("mail")
                .minWorkers(2)
                .maxWorkers(8) // before the queue fills
                .keepAlive(Duration.ofSeconds(30))
                .queueCapacity(100)
                .saturation(Saturation.callerRuns()) // or block(), the default
                .build();
        Future<String> sentToo = pool.submit(() -> "sent");
        // @end
        // @start region="shutdown"
        ShutdownReport report = pool.shutdown(Deadline.after(Duration.ofSeconds(20)));
        report.unfinished().forEach(task -> System.out.println(task.name() + " " + task.stack()));
        // @end
        assertEquals(sent.get(), sentToo.get());
        assertTrue(report.isClean());
    }
}
