package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pool that has come to a standstill says so, once; TileDB-Inc/TileDB#1994, python/cpython#151482. */
@Timeout(60)
class StallTest extends PoolFixture {
    private final ManualTimeSource time = new ManualTimeSource();
    private final AtomicInteger stalls = new AtomicInteger();

    private WorkerPoolBuilder watched() {
        return one().timeSource(time).stallThreshold(Duration.ofSeconds(5)).listener(new WorkerPoolListener() {
            @Override
            public void onStalled(WorkerPool pool, Duration threshold, List<Thread> workers) {
                assertEquals(Duration.ofSeconds(5), threshold);
                assertEquals(1, workers.size());
                stalls.incrementAndGet();
            }
        });
    }

    @Test
    void a_wait_that_is_not_seen_beforehand_is_reported_once() throws Exception {
        WorkerPool pool = pool(watched());
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> stop = new CompletableFuture<>();
        pool.execute(() -> {
            CompletableFuture<Integer> other = pool.supplyAsync(() -> 1);
            begun.countDown();
            CompletableFuture.anyOf(CompletableFuture.allOf(other), stop).join();
        });
        join(begun);
        await().until(() -> {
            time.advance(Duration.ofSeconds(5));
            return stalls.get() > 0;
        });
        for (int i = 0; i < 5; i++) {
            time.advance(Duration.ofSeconds(5));
        }
        assertEquals(1, stalls.get());
        stop.complete(null);
    }

    @Test
    void nothing_is_reported_or_scheduled_while_no_task_waits() throws Exception {
        WorkerPool pool = pool(watched());
        occupy(pool);
        assertEquals(0, time.waiters());
        pool.execute(() -> {});
        assertEquals(1, time.waiters());
        gate.countDown();
        await().until(() -> pool.metrics().completed() == 2 && time.waiters() == 2); // the worker is idle
        time.advance(Duration.ofSeconds(5));
        await().until(() -> time.waiters() == 1);
        assertEquals(0, stalls.get());
    }

    @Test
    void one_submitter_that_waits_for_a_pool_without_a_queue_is_seen() throws Exception {
        WorkerPool pool = pool(watched().queueCapacity(0));
        occupy(pool);
        FutureTask<Void> blocked = startBlocked(pool, () -> pool.execute(() -> {}));
        await().until(() -> {
            time.advance(Duration.ofSeconds(5));
            return stalls.get() == 1;
        });
        gate.countDown();
        blocked.get();
    }

    @Test
    void a_pause_is_no_standstill() throws Exception {
        WorkerPool pool = pool(watched());
        occupy(pool);
        pool.pause();
        pool.execute(() -> {});
        for (int i = 0; i < 4; i++) {
            time.advance(Duration.ofSeconds(5));
        }
        assertEquals(0, stalls.get());
        pool.resume();
        await().until(() -> {
            time.advance(Duration.ofSeconds(5));
            return stalls.get() == 1;
        });
    }

    @Test
    void cancelled_tasks_that_are_still_queued_do_not_wait() throws Exception {
        WorkerPool pool = pool(watched());
        occupy(pool);
        pool.submit(() -> 1).cancel(false);
        await().until(() -> {
            time.advance(Duration.ofSeconds(5));
            return time.waiters() == 0; // there is nothing to watch
        });
        assertEquals(0, stalls.get());
    }

    /** A thread may get no processor for long, while time that is set by hand goes on. */
    @Test
    void a_worker_that_is_being_started_does_not_wait() throws Exception {
        List<Integer> waiting = new CopyOnWriteArrayList<>();
        CountDownLatch slowStart = new CountDownLatch(1);
        AtomicInteger made = new AtomicInteger();
        WorkerPool pool = pool(WorkerPool.builder("test")
                .maxWorkers(2)
                .timeSource(time)
                .stallThreshold(Duration.ofSeconds(5))
                .threadFactory(work -> new Thread(
                        made.incrementAndGet() == 1
                                ? work
                                : () -> {
                                    join(slowStart);
                                    work.run();
                                }))
                .listener(new WorkerPoolListener() {
                    @Override
                    public void onStalled(WorkerPool stalled, Duration threshold, List<Thread> workers) {
                        waiting.add(workers.size());
                    }
                }));
        occupy(pool);
        CountDownLatch second = new CountDownLatch(1);
        pool.execute(() -> {
            second.countDown();
            waiting().run();
        });
        pool.execute(() -> {});
        for (int i = 0; i < 5; i++) {
            time.advance(Duration.ofSeconds(5));
        }
        slowStart.countDown();
        join(second);
        await().until(() -> {
            time.advance(Duration.ofSeconds(5));
            return !waiting.isEmpty();
        });
        assertEquals(List.of(2), waiting);
    }

    /** The thread that reports runs foreign code, too, which may hold it up. */
    @Test
    void a_report_that_comes_late_is_not_made_if_the_queue_has_moved() throws Exception {
        List<Integer> begunAtReports = new CopyOnWriteArrayList<>();
        AtomicInteger begun = new AtomicInteger();
        CountDownLatch reporting = new CountDownLatch(1);
        CountDownLatch late = new CountDownLatch(1);
        WorkerPool pool = pool(WorkerPool.builder("late")
                .maxWorkers(1)
                .timeSource(time)
                .stallThreshold(Duration.ofSeconds(5))
                .listener(new WorkerPoolListener() {
                    @Override
                    public void onStalled(WorkerPool stalled, Duration threshold, List<Thread> workers) {
                        begunAtReports.add(begun.get());
                        reporting.countDown();
                        join(late);
                    }
                }));
        List<CountDownLatch> ends = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            CountDownLatch end = new CountDownLatch(1);
            ends.add(end);
            pool.execute(() -> {
                begun.incrementAndGet();
                join(end);
            });
        }
        await().until(() -> begun.get() == 1);
        await().until(() -> {
            time.advance(Duration.ofSeconds(5));
            return !begunAtReports.isEmpty();
        });
        join(reporting);
        ends.get(0).countDown();
        await().until(() -> begun.get() == 2);
        time.advance(Duration.ofSeconds(5)); // it has moved
        time.advance(Duration.ofSeconds(5)); // it has not moved: a report, but the thread is not free
        ends.get(1).countDown();
        await().until(() -> begun.get() == 3); // it has moved, and nobody has looked yet
        late.countDown();
        await().until(() -> Thread.getAllStackTraces().entrySet().stream()
                .filter(each -> each.getKey().getName().equals("late-watch"))
                .allMatch(each -> each.getKey().getState() == Thread.State.TIMED_WAITING
                        && Arrays.stream(each.getValue())
                                .noneMatch(frame -> frame.getClassName().startsWith("dev.weir."))));
        assertEquals(List.of(1), begunAtReports);
        ends.forEach(CountDownLatch::countDown);
    }
}
