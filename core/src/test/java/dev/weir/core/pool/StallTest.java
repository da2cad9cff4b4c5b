package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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
}
