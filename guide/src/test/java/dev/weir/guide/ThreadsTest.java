package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.WorkerPool;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/threads-and-context.md. */
@Timeout(60)
class ThreadsTest {
    @Test
    void a_naive_pool_has_threads_without_a_name_that_keep_the_jvm_alive() throws Exception {
        // @start region="daemon-naive"
        ExecutorService threads = Executors.newFixedThreadPool(2);
        String name = threads.submit(() -> Thread.currentThread().getName()).get(); // pool-3-thread-1: which pool?
        boolean daemon = threads.submit(() -> Thread.currentThread().isDaemon()).get(); // false: main cannot end
        // @end
        assertTrue(name.matches("pool-\\d+-thread-1"));
        assertEquals(false, daemon);
        threads.shutdown();
    }

    @Test
    void the_threads_of_a_pool_have_its_name_and_may_be_daemons() throws Exception {
        // @start region="daemon"
        WorkerPool metrics = WorkerPool.builder("metrics")
                .maxWorkers(2)
                .daemon(true) // nothing is lost if the JVM ends in the middle of one
                .build();
        String name = metrics.submit(() -> Thread.currentThread().getName()).get(); // metrics-1
        boolean daemon = metrics.submit(() -> Thread.currentThread().isDaemon()).get();
        // @end
        assertEquals("metrics-1", name);
        assertTrue(daemon);
        metrics.close();
    }

    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    @Test
    void a_naive_pool_loses_the_thread_local_or_shows_that_of_another() throws Exception {
        ExecutorService threads = Executors.newSingleThreadExecutor();
        // @start region="local-naive"
        TENANT.set("acme");
        String seen = threads.submit(() -> TENANT.get()).get(); // null

        threads.submit(() -> TENANT.set("globex")).get();
        String leaked = threads.submit(() -> TENANT.get()).get(); // globex, in a task of acme's
        // @end
        TENANT.remove();
        assertNull(seen);
        assertEquals("globex", leaked);
        threads.shutdown();
    }

    @Test
    void a_thread_local_is_carried_to_each_task_and_put_back() throws Exception {
        WorkerPool pool = WorkerPool.builder("orders")
                .maxWorkers(1)
                // @start region="local-pool"
                .context(ContextCarrier.mdc(), ContextCarrier.of(TENANT)) // captured when a task is submitted
                // @end
                .build();
        TENANT.set("acme");
        assertEquals("acme", pool.submit(() -> TENANT.get()).get());
        pool.submit(() -> TENANT.set("globex")).get();
        // @start region="local"
        List<String> seen = FanOut.over(List.of(1, 2, 3))
                .on(pool)
                .context(ContextCarrier.of(TENANT))
                .map(id -> TENANT.get() + " " + id); // acme 1, acme 2, acme 3
        // @end
        TENANT.remove();
        assertEquals(List.of("acme 1", "acme 2", "acme 3"), seen);
        assertNull(pool.submit(() -> TENANT.get()).get());
        pool.close();
    }
}
