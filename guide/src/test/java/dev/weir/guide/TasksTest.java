package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.TaskOptions;
import dev.weir.core.pool.TaskRejectedException;
import dev.weir.core.pool.WorkerPool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/tasks-and-pools.md. */
@Timeout(60)
class TasksTest {
    private static String lookup(String key) throws IOException {
        if (key.equals("missing")) {
            throw new IOException("no " + key);
        }
        return "value of " + key;
    }

    // @start region="map-naive"
    static List<String> lookUpAll(ExecutorService threads, List<String> keys) throws Exception {
        List<Future<String>> futures = new ArrayList<>();
        for (String key : keys) {
            futures.add(threads.submit(() -> lookup(key))); // all keys are queued at once
        }
        List<String> values = new ArrayList<>();
        for (Future<String> future : futures) {
            values.add(future.get()); // an ExecutionException; the other tasks run on
        }
        threads.shutdown(); // not reached after a failure: the threads stay for ever
        return values;
    }

    // @end

    @Test
    void a_naive_map_leaves_its_threads_behind() throws Exception {
        assertEquals(
                List.of("value of a", "value of b"), lookUpAll(Executors.newFixedThreadPool(2), List.of("a", "b")));
        ExecutorService threads = Executors.newFixedThreadPool(2);
        assertInstanceOf(
                IOException.class,
                assertThrows(ExecutionException.class, () -> lookUpAll(threads, List.of("missing", "b")))
                        .getCause());
        assertFalse(threads.isShutdown());
        threads.shutdown();
    }

    private static List<String> map(List<String> keys) throws IOException, InterruptedException {
        // @start region="map"
        List<String> values = FanOut.over(keys).concurrency(4).map(key -> lookup(key)); // throws lookup's IOException
        // @end
        return values;
    }

    @Test
    void a_map_throws_the_exception_of_its_task() throws Exception {
        assertEquals(List.of("value of a", "value of b"), map(List.of("a", "b")));
        assertEquals(
                "no missing",
                assertThrows(IOException.class, () -> map(List.of("a", "missing")))
                        .getMessage());
    }

    /** A service that counts how many requests it serves at once; the first {@code together} wait for each other. */
    private static final class Service {
        private final AtomicInteger atOnce = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final CountDownLatch together;

        Service(int together) {
            this.together = new CountDownLatch(together);
        }

        String get(int id) throws InterruptedException {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            together.countDown();
            together.await();
            atOnce.decrementAndGet();
            return "page " + id;
        }
    }

    private static void unboundedRequests(Service service, List<Integer> ids) throws InterruptedException {
        // @start region="io-naive"
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int id : ids) {
                threads.submit(() -> service.get(id)); // threads are cheap; 5,000 connections at once are not
            }
        }
        // @end
    }

    private static void boundedRequests(Service service, List<Integer> ids, List<String> store)
            throws InterruptedException {
        // @start region="io"
        FanOut.over(ids)
                .concurrency(100) // connections, not threads, are what is scarce
                .forEachCompleted(id -> service.get(id), page -> store.add(page));
        // @end
    }

    @Test
    void thousands_of_requests_are_bounded_by_what_the_service_bears() throws Exception {
        List<Integer> ids = IntStream.range(0, 5_000).boxed().toList();
        Service flooded = new Service(5_000);
        unboundedRequests(flooded, ids);
        assertEquals(5_000, flooded.most.get());

        Service spared = new Service(100);
        List<String> store = new ArrayList<>();
        boundedRequests(spared, ids, store);
        assertEquals(5_000, store.size());
        assertEquals(100, spared.most.get());
    }

    @Test
    void a_pool_has_a_bounded_queue_and_priorities() throws Exception {
        List<String> ran = Collections.synchronizedList(new ArrayList<>());
        // @start region="pool"
        WorkerPool mail = WorkerPool.builder("mail")
                .maxWorkers(1) // for the time being: see below
                .queueCapacity(100)
                .saturation(Saturation.block(Duration.ofSeconds(1))) // then a TaskRejectedException
                .priorities() // a task that waits long enough overtakes
                .build();
        // @end
        mail.pause();
        // @start region="pool-priority"
        mail.submit(() -> ran.add("newsletter"));
        mail.submit(
                () -> ran.add("password"), TaskOptions.named("password mail").priority(10));
        // @end
        mail.resume();
        mail.close();
        assertEquals(List.of("password", "newsletter"), ran);
    }

    @Test
    void a_pool_grows_and_shrinks_and_its_tasks_are_cancelled() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        WorkerPool pool =
                WorkerPool.builder("reports").maxWorkers(1).queueCapacity(10).build();
        // @start region="pool-cancel"
        Future<String> running = pool.submit(() -> {
            started.countDown();
            try {
                never.await();
                return "a report";
            } catch (InterruptedException cancelled) {
                interrupted.countDown(); // close what is open, and end
                throw cancelled;
            }
        });
        Future<String> waiting = pool.submit(() -> "another report");
        started.await();
        waiting.cancel(false); // never begins
        // @end
        assertTrue(waiting.isCancelled());
        // @start region="pool-resize"
        pool.resize(2, 8); // workers: 2 to 8 from now on
        pool.resizeQueue(500);
        running.cancel(true); // interrupts the task, and no other
        // @end
        assertTrue(interrupted.await(20, TimeUnit.SECONDS));
        assertEquals("ran", pool.submit(() -> "ran").get());
        pool.close();
    }

    @Test
    void a_full_pool_rejects_after_the_time_it_was_given() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        try (WorkerPool pool = WorkerPool.builder("full")
                .maxWorkers(1)
                .queueCapacity(1)
                .saturation(Saturation.block(Duration.ofMillis(20)))
                .build()) {
            pool.submit(() -> {
                begun.countDown();
                return open.await(30, TimeUnit.SECONDS);
            });
            begun.await();
            pool.submit(() -> "queued");
            assertThrows(TaskRejectedException.class, () -> pool.submit(() -> "too much"));
            open.countDown();
        }
    }

    private static void swallowed(ExecutorService threads, List<String> orders) {
        // @start region="swallowed"
        threads.submit(() -> {
            orders.add(lookup("missing")); // the IOException goes into a Future that nobody asks
            return null;
        });
        // @end
    }

    @Test
    void an_exception_in_a_future_that_nobody_asks_is_lost() throws Exception {
        List<Throwable> seen = Collections.synchronizedList(new ArrayList<>());
        List<String> orders = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService threads = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setUncaughtExceptionHandler((t, failure) -> seen.add(failure));
            return thread;
        })) {
            swallowed(threads, orders);
        }
        assertEquals(List.of(), seen);
        assertEquals(List.of(), orders);
    }

    @Test
    void a_pool_hands_the_failure_of_a_task_to_somebody() throws Exception {
        List<String> orders = Collections.synchronizedList(new ArrayList<>());
        BlockingQueue<Throwable> alarms = new LinkedBlockingQueue<>();
        // @start region="handled"
        try (WorkerPool pool = WorkerPool.builder("orders")
                .failureHandler((task, failure) -> alarms.add(failure)) // without one: the log, at ERROR
                .build()) {
            pool.execute(() -> orders.add(lookupUnchecked("missing")));
        }
        // @end
        assertEquals("java.io.IOException: no missing", alarms.take().getMessage());
    }

    private static String lookupUnchecked(String key) {
        try {
            return lookup(key);
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
